/**
 * A file of its own: the package's types name it, and must not lead to those of `ws`, which applications need not have.
 */
export interface BufferLimits {
  /** Bytes that may wait for a viewer. Beyond it, requests of the viewer are not processed. */
  bytes: number;
  /** How long more than that may wait before the viewer is disconnected; ms. */
  graceMs: number;
}
