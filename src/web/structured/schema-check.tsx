/** Whether an answer fits the schema of its request. */
export interface SchemaResult {
  valid: boolean;
  /** What does not fit. */
  errors: readonly string[];
}

export function SchemaCheck({ result: { valid, errors } }: { result: SchemaResult }) {
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
