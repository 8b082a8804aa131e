/** The emulator's default account and credentials, which are not secret. */
export const LOCAL_ACCOUNT_ID = '1000000000000001'
export const LOCAL_ACCESS_KEY_ID = 'local-access-key-id'
export const LOCAL_ACCESS_KEY_SECRET = 'local-access-key-secret'
