/** Says that the simulator answers instead of a model. */
export function SimulatorNote({ provider }: { provider: string | undefined }) {
  if (provider !== 'simulator') return null;
  return (
    <p class="note">
      Answers come from the built-in simulator: no provider is configured, so no language model reads this.
    </p>
  );
}
