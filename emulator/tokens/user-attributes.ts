/** The attributes that each scope grants: https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims */
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
 * The attributes of a user in an ID token and at the userInfo endpoint. `openid` alone grants all of them; further
 * scopes restrict them. `profile` also grants the pool's custom attributes (`custom:…`).
 */
export function attributesFor(
  scopes: readonly string[],
  attributes: Readonly<Record<string, string>>,
): Record<string, string> {
  const granted = scopes.flatMap((scope) => attributesOfScope[scope] ?? []);
  if (granted.length === 0) return { ...attributes };
  const visible = Object.entries(attributes).filter(
    ([name]) => granted.includes(name) || (name.startsWith('custom:') && scopes.includes('profile')),
  );
  return Object.fromEntries(visible);
}
