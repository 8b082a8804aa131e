import { createAlibaba } from '../alibaba/create-alibaba.ts'
import { run } from '../rotation/run.ts'
import { chooseCredentials } from './credentials.ts'
import type { Services } from './services.ts'

/** The real services: Alibaba Cloud, or what the configured endpoints lead to. */
export const cloudServices: Services = {
  connect: async ({ config, io, log }) =>
    createAlibaba({
      config,
      credentials: chooseCredentials(config, io),
      clock: io.clock,
      random: io.random,
      log,
      accountId: io.env['FC_ACCOUNT_ID'] || io.env['ALIBABA_CLOUD_ACCOUNT_ID'] || undefined,
      stsEndpoint: io.env['ROTATOR_STS_ENDPOINT'] || undefined,
    }),
  run,
}
