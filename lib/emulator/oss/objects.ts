/** One object of a bucket. */
export interface StoredObject {
  readonly body: Buffer
  readonly contentType: string
  /** The world's clock, in milliseconds. */
  readonly storedAt: number
}

/** The buckets. One exists as soon as something is put into it: that stands in for making it in the console. */
export class Objects {
  readonly #buckets = new Map<string, Map<string, StoredObject>>()

  get(bucket: string, key: string): StoredObject | undefined {
    return this.#buckets.get(bucket)?.get(key)
  }

  put(bucket: string, key: string, object: StoredObject): void {
    const objects = this.#buckets.get(bucket) ?? new Map<string, StoredObject>()
    this.#buckets.set(bucket, objects.set(key, object))
  }

  /** The keys of a bucket, sorted. */
  keys(bucket: string): string[] {
    return [...(this.#buckets.get(bucket)?.keys() ?? [])].sort()
  }
}
