export interface BufferLimits {
  /** Bytes that may wait for a viewer. Beyond it, nothing that the viewer asks for is answered. */
  bytes: number;
  /** How long more than that may wait before the viewer is dropped; ms. */
  graceMs: number;
}
