/** Whether an answer fits the schema that it was asked for by. */
export interface VerdictOfSchema {
  valid: boolean;
  /** What does not fit. */
  errors: readonly string[];
}

export function Verdict({ verdict: { valid, errors } }: { verdict: VerdictOfSchema }) {
  if (valid) return <p class="outcome good">Fits the schema.</p>;
  return (
    <div class="outcome bad">
      <p>Does not fit the schema:</p>
      <ul>
        {errors.map((error) => (
          <li key={error}>{error}</li>
        ))}
      </ul>
    </div>
  );
}
