/** What the tests use of the vendor's SDK, which has no types of its own. */
declare module 'ali-oss' {
  interface Options {
    readonly accessKeyId: string
    readonly accessKeySecret: string
    readonly stsToken?: string
    readonly refreshSTSToken?: () => Promise<unknown>
    readonly bucket: string
    readonly region: string
    readonly endpoint?: string
    readonly secure?: boolean
    readonly sldEnable?: boolean
    readonly authorizationV4?: boolean
    readonly timeout?: number
  }
  class OSS {
    constructor(options: Options)
    put(
      name: string,
      content: Buffer,
      options?: { readonly headers?: Record<string, string>; readonly mime?: string },
    ): Promise<unknown>
    get(name: string): Promise<{ readonly content: Buffer }>
    authorizationV4(
      method: string,
      request: { readonly headers: Record<string, string>; readonly queries: Record<string, string> },
      bucket: string,
      object: string,
    ): string
  }
  export = OSS
}
