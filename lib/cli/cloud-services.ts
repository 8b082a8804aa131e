import { createAlibaba } from '../alibaba/create-alibaba.ts'
import { run } from '../rotation/run.ts'
import { chooseCredentials } from './credentials.ts'
import { accountIdIn } from './account-id.ts'
import type { Services } from './services.ts'

/** The real services: Alibaba Cloud, or whatever the configured endpoints point to. */
export const cloudServices: Services = {
  connect: async ({ config, io, log }) =>
    createAlibaba({
      config,
      credentials: chooseCredentials(config, io),
      clock: io.clock,
      random: io.random,
      log,
      accountId: accountIdIn(io),
      stsEndpoint: io.env['ROTATOR_STS_ENDPOINT'] || undefined,
    }),
  run,
}
