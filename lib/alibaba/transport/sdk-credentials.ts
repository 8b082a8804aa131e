/**
 * The credential providers, to be loaded when they are needed. Named here, they keep their names in a bundle, which
 * hands out what it loads late only whole.
 */
export {
  DefaultCredentialsProvider,
  RAMRoleARNCredentialsProvider,
  StaticAKCredentialsProvider,
  StaticSTSCredentialsProvider,
} from '@alicloud/credentials'
