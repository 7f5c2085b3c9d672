/** The attributes that each scope opens: https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims */
const attributesOfScope: Readonly<Record<string, readonly string[]>> = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
};

/**
 * The attributes of a user that an ID token and the userInfo endpoint show. `openid` alone opens all of them; the
 * scopes beside it narrow this down. `profile` opens the pool's own attributes (`custom:…`) too.
 */
export function attributesFor(
  scopes: readonly string[],
  attributes: Readonly<Record<string, string>>,
): Record<string, string> {
  const opened = scopes.flatMap((scope) => attributesOfScope[scope] ?? []);
  if (opened.length === 0) return { ...attributes };
  const shown = Object.entries(attributes).filter(
    ([name]) => opened.includes(name) || (name.startsWith('custom:') && scopes.includes('profile')),
  );
  return Object.fromEntries(shown);
}
