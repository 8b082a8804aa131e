import * as v from 'valibot'
import {
  choice,
  ENDPOINT,
  isEndpoint,
  domainName,
  domainSuffix,
  duration,
  flag,
  isPrivate,
  list,
  matching,
  rate,
  section,
  text,
  url,
} from './fields.ts'

/**
 * `rotation.yaml` as it is written: the source of its checks, its defaults and its JSON Schema. What one field alone
 * cannot tell is checked in rules.ts.
 */

const ttl = duration(
  '1s',
  '1d',
  'How long a receiver may use a keyset before it reads again; receivers trust a leaked key no longer.',
)

const minAge = duration('0s', '365d', 'A rotation is skipped as not due while the current key is younger.')

const margin = duration('0s', '1h', 'How much longer than the ttl to wait before the new key is set.')

const propagationMax = duration(
  '1s',
  '7d',
  'How long after staging the probes may still refuse, before the run ends as incomplete.',
)

const probesCoverAllInstances = v.pipe(
  flag(),
  v.description('The probes reach every instance of every receiver, so that their yes may shorten the wait.'),
)

const overlapMin = duration(
  '0s',
  '365d',
  'A replaced key is accepted at least this long after the last domain left it.',
)

const overlapMax = duration(
  '0s',
  '3650d',
  'A replaced key is accepted at most this long, even if running streams still sign with it.',
)

const clockSkew = duration(
  '0s',
  '1h',
  "How far Live's clock and ours may differ when a stream is matched with a key.",
)

const endpoint = url(ENDPOINT, isEndpoint)

const probe = url(
  'an http or https URL without credentials or fragment',
  ({ protocol, hash, username, password }) =>
    (protocol === 'http:' || protocol === 'https:') && `${hash}${username}${password}` === '',
)

const groupSchema = section({
  name: v.pipe(
    matching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, '1 to 64 letters, digits, "_", "." or "-"'),
    v.description('The name of the group in commands, reports and the keyset.'),
  ),
  secret: v.pipe(
    matching(
      /^(?!acs\/)[A-Za-z0-9_/+=.@-]{1,192}$/,
      '1 to 192 letters, digits or _/+=.-@ that do not start with acs/, as KMS names secrets',
    ),
    v.description('The KMS secret that holds the keyset. No two groups share one.'),
  ),
  domains: v.optional(
    v.pipe(list(domainName, 'domain names'), v.description('Main streaming domains of this group.')),
    [],
  ),
  domainsFile: v.optional(
    v.pipe(
      matching(/\S/, 'the path of a file'),
      v.description('More domains from a file beside this one: a name a line, # begins a comment.'),
    ),
  ),
  discover: v.optional(
    v.pipe(
      section({
        suffix: v.pipe(
          domainSuffix,
          v.description('Every online streaming domain whose name ends so is taken in.'),
        ),
        exclude: v.optional(
          v.pipe(list(domainName, 'domain names'), v.description('These are left out.')),
          [],
        ),
      }),
      v.description("Take domains from Live's own list."),
    ),
  ),
  probes: v.optional(
    v.pipe(
      list(probe, 'URLs'),
      v.description(
        "Callback URLs of this group's receivers: each must accept the new key before it is set.",
      ),
    ),
    [],
  ),
  apply: v.optional(
    section({
      tolerate: v.optional(
        v.pipe(
          list(domainName, 'domain names'),
          v.description('Domains that may fail without holding the rotation back.'),
        ),
        [],
      ),
    }),
    {},
  ),
  authSource: v.optional(
    v.pipe(
      choice(['snapshotCallbackAuth', 'notifyConfig']),
      v.description("Which of Live's two configurations signs this group's snapshot callbacks."),
    ),
    'snapshotCallbackAuth',
  ),
  roleArn: v.optional(
    v.pipe(
      matching(
        /^acs:ram::\d+:role\/[A-Za-z0-9.-]{1,64}$/,
        'a role such as acs:ram::1234567890123456:role/rotator',
      ),
      v.description("A role of another account to assume for this group's calls."),
    ),
  ),
  ttl: v.exactOptional(ttl),
  rotation: v.optional(section({ minAge: v.exactOptional(minAge) }), {}),
  propagation: v.optional(
    section({
      margin: v.exactOptional(margin),
      max: v.exactOptional(propagationMax),
      probesCoverAllInstances: v.exactOptional(probesCoverAllInstances),
    }),
    {},
  ),
  overlap: v.optional(
    section({
      min: v.exactOptional(overlapMin),
      max: v.exactOptional(overlapMax),
      clockSkew: v.exactOptional(clockSkew),
    }),
    {},
  ),
})

export const fileSchema = section({
  region: v.pipe(
    matching(/^[a-z]{2}(-[a-z0-9]+)+$/, 'a region such as cn-shanghai'),
    v.description('The region of KMS and Function Compute.'),
  ),
  ttl: v.optional(ttl, '60s'),
  rotation: v.optional(section({ minAge: v.optional(minAge, '1h') }), {}),
  propagation: v.optional(
    section({
      margin: v.optional(margin, '10s'),
      max: v.optional(propagationMax, '1h'),
      probesCoverAllInstances: v.optional(probesCoverAllInstances, false),
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
        emergency: v.optional(v.pipe(rate(30), v.description('Sets in an emergency; Live allows 30.')), 29),
      }),
      v.description('Calls a second of one account.'),
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
      v.description('Where a secret that is absent is created.'),
    ),
    {},
  ),
  endpoints: v.optional(
    v.pipe(
      section({ live: v.optional(endpoint), kms: v.optional(endpoint), fc: v.optional(endpoint) }),
      v.description('Other servers than the region gives.'),
    ),
    {},
  ),
  notify: v.optional(
    v.pipe(
      list(
        section({
          url: url('an https URL (http only on this machine)', isPrivate),
          format: v.optional(choice(['dingtalk', 'feishu', 'slack', 'json']), 'json'),
        }),
        'webhooks',
      ),
      v.description('Webhooks that are told of outcomes that need a person.'),
    ),
    [],
  ),
  receipts: v.optional(
    v.pipe(
      matching(
        /^(oss:\/\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](\/.*)?|(?!\s*$)(?!\w+:\/\/).+)$/,
        'oss://bucket/prefix or a folder',
      ),
      v.description('Where the report of every run is kept: oss://bucket/prefix, or a folder.'),
    ),
  ),
})

export type ConfigFile = v.InferOutput<typeof fileSchema>
export type GroupFile = ConfigFile['groups'][number]
