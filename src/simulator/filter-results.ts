/** Results of Azure's content filter, as in every chunk. */
export type FilterResults = Record<string, { filtered: boolean; severity?: string; detected?: boolean }>;

const SAFE: FilterResults = {
  hate: { filtered: false, severity: 'safe' },
  self_harm: { filtered: false, severity: 'safe' },
  sexual: { filtered: false, severity: 'safe' },
  violence: { filtered: false, severity: 'safe' },
};

export const SAFE_PROMPT: FilterResults = { ...SAFE, jailbreak: { filtered: false, detected: false } };

export const SAFE_ANSWER: FilterResults = {
  ...SAFE,
  protected_material_code: { filtered: false, detected: false },
  protected_material_text: { filtered: false, detected: false },
};

export const REFUSED_PROMPT: FilterResults = {
  ...SAFE_PROMPT,
  violence: { filtered: true, severity: 'medium' },
};

export const FILTERED_ANSWER: FilterResults = {
  ...SAFE_ANSWER,
  violence: { filtered: true, severity: 'medium' },
};
