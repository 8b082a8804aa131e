import * as v from 'valibot'
import { isSafeForKeys } from '../core/safe-address.ts'
import { choice, ENDPOINT, isEndpoint, list, matching, oneOf, rate, section, text, url } from './fields.ts'
import { groupSchema } from './group-schema.ts'
import { REGIONS } from './regions.ts'
import {
  clockSkew,
  margin,
  minAge,
  overlapMax,
  overlapMin,
  probesCoverAllInstances,
  propagationInstances,
  propagationMax,
  ttl,
} from './timings.ts'

const endpoint = url(ENDPOINT, isEndpoint)

/**
 * `rotation.yaml` as written: the source of its checks, defaults and JSON Schema. rules.ts checks what spans several
 * fields.
 */
export const fileSchema = section({
  region: v.pipe(
    oneOf(REGIONS, 'a region of KMS such as cn-shanghai'),
    v.description('The region of KMS and Function Compute.'),
  ),
  ttl: v.optional(ttl, '60s'),
  rotation: v.optional(section({ minAge: v.optional(minAge, '1h') }), {}),
  propagation: v.optional(
    section({
      margin: v.optional(margin, '10s'),
      max: v.optional(propagationMax, '1h'),
      probesCoverAllInstances: v.optional(probesCoverAllInstances, false),
      instances: v.optional(propagationInstances, null),
    }),
    {},
  ),
  overlap: v.optional(
    section({
      min: v.optional(overlapMin, '10m'),
      max: v.optional(overlapMax, '30d'),
      clockSkew: v.optional(clockSkew, '60s'),
    }),
    {},
  ),
  throttle: v.optional(
    v.pipe(
      section({
        set: v.optional(v.pipe(rate(30), v.description('Live allows 30.')), 25),
        query: v.optional(v.pipe(rate(30), v.description('Live allows 30.')), 25),
        list: v.optional(v.pipe(rate(100), v.description('Live allows 100.')), 50),
        interrupt: v.optional(v.pipe(rate(20), v.description('Live allows 20.')), 15),
        emergency: v.optional(
          v.pipe(rate(30), v.description('Sets, and as many queries, in an emergency; Live allows 30.')),
          29,
        ),
      }),
      v.description('Calls per second of one account.'),
    ),
    {},
  ),
  groups: v.pipe(
    list(groupSchema, 'groups'),
    v.minLength(1, 'must name at least one group'),
    v.description('Sets of domains that share a keyset.'),
  ),
  kms: v.optional(
    v.pipe(
      section({
        keyId: v.optional(v.nullable(text('the id of a KMS key')), null),
        instanceId: v.optional(v.nullable(text('the id of a KMS instance')), null),
      }),
      v.description('Where to create a secret that does not exist.'),
    ),
    {},
  ),
  endpoints: v.optional(
    v.pipe(
      section({ live: v.optional(endpoint), kms: v.optional(endpoint), fc: v.optional(endpoint) }),
      v.description('Servers to use in place of those of the region.'),
    ),
    {},
  ),
  notify: v.optional(
    v.pipe(
      list(
        section({
          url: url('an https URL (http only on this machine)', isSafeForKeys),
          format: v.optional(choice(['dingtalk', 'feishu', 'slack', 'json']), 'json'),
        }),
        'webhooks',
      ),
      v.description('Webhooks to notify when a group needs attention.'),
    ),
    [],
  ),
  receipts: v.optional(
    v.pipe(
      matching(
        /^(oss:\/\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](\/.*)?|(?!\s*$)(?!\w+:\/\/).+)$/,
        'oss://bucket/prefix or a folder',
      ),
      v.description('Where to keep the report of every run: oss://bucket/prefix or a folder.'),
    ),
  ),
})

export type ConfigFile = v.InferOutput<typeof fileSchema>
export type GroupFile = ConfigFile['groups'][number]
