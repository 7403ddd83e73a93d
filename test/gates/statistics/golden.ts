/** Differences that the golden values of these tests are about. */

/** All sizes differ. */
export const distinct = [0.031, -0.012, 0.055, 0.047, -0.003, 0.021, 0.064, 0.038, -0.029, 0.052, 0.017, 0.043];

/** Ties and zeros. */
export const tied = [0.02, -0.02, 0.02, 0, 0.05, 0.03, 0.03, -0.01, 0, 0.04];

/** As many as a gate ever takes, all sizes different: round(0.02 + 0.05 sin(i²), 6), i = 1 … 64. */
export const many = Array.from(
  { length: 64 },
  (_, i) => Math.round((0.02 + 0.05 * Math.sin((i + 1) ** 2)) * 1e6) / 1e6,
);
