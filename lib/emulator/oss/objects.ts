/** One object of a bucket. */
export interface StoredObject {
  readonly body: Buffer
  readonly contentType: string
  /** The world's clock, in milliseconds. */
  readonly storedAt: number
}

/** The buckets. Putting something into one creates it, instead of the console. */
export class Objects {
  readonly #buckets = new Map<string, Map<string, StoredObject>>()

  get(bucket: string, key: string): StoredObject | undefined {
    return this.#buckets.get(bucket)?.get(key)
  }

  put(bucket: string, key: string, object: StoredObject): void {
    const objects = this.#buckets.get(bucket) ?? new Map<string, StoredObject>()
    this.#buckets.set(bucket, objects.set(key, object))
  }

  /** A bucket's keys, sorted. */
  keys(bucket: string): string[] {
    return [...(this.#buckets.get(bucket)?.keys() ?? [])].sort()
  }
}
