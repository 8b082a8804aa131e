import { createVerifier, staticKeyset } from 'live-key-rotator/receiver'

export const verify = createVerifier({ keyset: staticKeyset({}), host: 'hooks.example.com' })
