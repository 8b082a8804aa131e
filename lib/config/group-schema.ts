import * as v from 'valibot'
import {
  choice,
  domainName,
  domainSuffix,
  list,
  matching,
  objectOr,
  section,
  SECRET_NAME,
  url,
} from './fields.ts'
import {
  clockSkew,
  instances,
  margin,
  minAge,
  overlapMax,
  overlapMin,
  probesCoverAllInstances,
  propagationInstances,
  propagationMax,
  ttl,
} from './timings.ts'

const probeUrl = url(
  'an http or https URL without credentials or fragment',
  ({ protocol, hash, username, password }) =>
    (protocol === 'http:' || protocol === 'https:') && `${hash}${username}${password}` === '',
)

/** A URL, or one with its own number of instances. */
const probe = objectOr(section({ url: probeUrl, instances: v.exactOptional(instances) }), probeUrl)

/** One group as written in the file. */
export const groupSchema = section({
  name: v.pipe(
    matching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, '1 to 64 letters, digits, "_", "." or "-"'),
    v.description('The name of the group in commands, reports and the keyset.'),
  ),
  secret: v.pipe(
    matching(
      SECRET_NAME,
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
      v.description('More domains from a file beside this one: one name per line, # starts a comment.'),
    ),
  ),
  discover: v.optional(
    v.pipe(
      section({
        suffix: v.pipe(
          domainSuffix,
          v.description('Adds every online streaming domain whose name ends with this.'),
        ),
        exclude: v.optional(
          v.pipe(list(domainName, 'domain names'), v.description('Domains to leave out.')),
          [],
        ),
      }),
      v.description("Adds domains from Live's own list."),
    ),
  ),
  probes: v.optional(
    v.pipe(
      list(probe, 'URLs, or of url and instances'),
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
  adopt: v.optional(
    v.pipe(
      choice(['newDomains', 'trust']),
      v.description(
        'Which keys found on domains after the first keyset are trusted: those of domains new to the group, ' +
          'or all, whoever set them.',
      ),
    ),
    'newDomains',
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
      instances: v.exactOptional(propagationInstances),
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
