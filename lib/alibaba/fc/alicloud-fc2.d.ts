/** What this project uses of a package without types. */
declare module '@alicloud/fc2' {
  namespace Client {
    interface Config {
      accessKeyID: string
      accessKeySecret: string
      /** Sent only when `accessKeyID` begins with `STS`. */
      securityToken?: string
      region: string
      /** `scheme://host[:port]`; overrides `secure`. */
      endpoint?: string
      /** Milliseconds, both to connect and to answer. Default 60,000. */
      timeout?: number
      headers?: Record<string, string>
    }

    interface Answer {
      headers: Record<string, string | undefined>
      /** Parsed if the answer's type is JSON, else the text. */
      data: unknown
    }
  }

  class Client {
    constructor(accountId: string, config: Client.Config)
    invokeFunction(
      service: string,
      functionName: string,
      event: string | Buffer,
      headers?: Record<string, string>,
      qualifier?: string,
    ): Promise<Client.Answer>
    get(
      path: string,
      query?: Record<string, string>,
      headers?: Record<string, string>,
    ): Promise<Client.Answer>
    put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Client.Answer>
  }

  export = Client
}
