/** Where receipts are kept. What is there already is never written over. */
export interface ReceiptStore {
  /**
   * Keeps `text` under `name`, whose parts are separated by slashes. Does I/O.
   *
   * @throws RotatorError that says why not, and what to do; it may be shown.
   */
  put(name: string, text: string): Promise<void>
}
