/**
 * Measures up to three times, until a result is good enough, and returns the last one: a machine that is busy disturbs
 * one measurement, a defect all of them. Not for what must hold each time.
 */
export async function measureAgain<Result>(
  measure: () => Promise<Result>,
  isGood: (result: Result) => boolean,
): Promise<Result> {
  let result = await measure();
  for (let again = 0; again < 2 && !isGood(result); again += 1) result = await measure();
  return result;
}
