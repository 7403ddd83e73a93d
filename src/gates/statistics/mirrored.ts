/**
 * What the tests look at: the mean of two mirrored pairs (AB BA).
 *
 * One coin decided the order of both pairs. If the builds are the same, that coin turns the sign of the mean and of nothing
 * else, so the signed-rank test of these means is exact whatever the machine did meanwhile: drift, bursts, noise that
 * remembers. Single pairs do not have this property, their signs hang together within the two. What prefers the first or the
 * second place is gone from the mean altogether.
 *
 * @param differences one a pair, in the order in which they ran; a last one without its mirror does not count
 * @returns half as many; their deviation is that of one slot
 */
export function mirroredMeans(differences: readonly number[]): number[] {
  const means: number[] = [];
  for (let i = 0; i + 1 < differences.length; i += 2) means.push((differences[i]! + differences[i + 1]!) / 2);
  return means;
}
