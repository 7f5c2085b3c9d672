import { z } from 'zod';
import type { Client } from '../../store/state';
import { withoutUndefined } from '../without-undefined';

export const unit = z.enum(['seconds', 'minutes', 'hours', 'days']);
type Unit = z.output<typeof unit>;

const secondsOf: Record<Unit, number> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };
/** The default unit and value. */
const defaults = {
  access: { unit: 'hours', value: 1 },
  id: { unit: 'hours', value: 1 },
  refresh: { unit: 'days', value: 30 },
} as const;
type Token = keyof typeof defaults;

/** The lifetime of a token in seconds. A value of 0 counts as not given. */
export function toSeconds(value: number | undefined, unit: Unit | undefined, token: Token): number {
  const standard = defaults[token];
  return value ? value * secondsOf[unit ?? standard.unit] : standard.value * secondsOf[standard.unit];
}

/** The lifetimes of an app client's tokens as members of the API, in the units in which they were given. */
export function validityOf(client: Client): object {
  const { accessToken, idToken, refreshToken } = client.tokenValidityUnits;
  const inUnits = (seconds: number, unit: Unit | undefined, token: Token) =>
    seconds / secondsOf[unit ?? defaults[token].unit];
  return {
    AccessTokenValidity: inUnits(client.accessTokenValiditySeconds, accessToken, 'access'),
    IdTokenValidity: inUnits(client.idTokenValiditySeconds, idToken, 'id'),
    RefreshTokenValidity: inUnits(client.refreshTokenValiditySeconds, refreshToken, 'refresh'),
    TokenValidityUnits: withoutUndefined({
      AccessToken: accessToken,
      IdToken: idToken,
      RefreshToken: refreshToken,
    }),
  };
}
