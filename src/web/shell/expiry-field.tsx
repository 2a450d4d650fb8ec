const HOUR_MS = 3_600_000;

/** How long something is good for, in hours; null: until it is revoked. */
const SPANS = {
  hour: { label: 'for 1 hour', hours: 1 },
  day: { label: 'for 1 day', hours: 24 },
  week: { label: 'for 1 week', hours: 7 * 24 },
  month: { label: 'for 30 days', hours: 30 * 24 },
  year: { label: 'for 1 year', hours: 365 * 24 },
  never: { label: 'until it is revoked', hours: null },
} as const;

export type Span = keyof typeof SPANS;

/** The time at which something that is made now expires, as the server reads it. Null: never. */
export function expiryAfter(span: Span): string | null {
  const { hours } = SPANS[span];
  return hours === null ? null : new Date(Date.now() + hours * HOUR_MS).toISOString();
}

interface Props {
  spans: readonly Span[];
  value: Span;
  onChange(span: Span): void;
}

/** For how long what is made is good. */
export function ExpiryField({ spans, value, onChange }: Props) {
  return (
    <label>
      Valid
      <select
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = spans.find((span) => span === currentTarget.value);
          if (chosen) onChange(chosen);
        }}
      >
        {spans.map((span) => (
          <option key={span} value={span}>
            {SPANS[span].label}
          </option>
        ))}
      </select>
    </label>
  );
}
