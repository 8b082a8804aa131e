/** A place for receipts. Never overwrites one. */
export interface ReceiptStore {
  /**
   * Stores `text` under `name`, a path separated by slashes. Does I/O.
   *
   * @throws RotatorError with the reason and what to do; safe to show.
   */
  put(name: string, text: string): Promise<void>
}
