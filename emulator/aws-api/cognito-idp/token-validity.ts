import { z } from 'zod';
import type { Client } from '../../store/state';
import { given } from './members';

export const unit = z.enum(['seconds', 'minutes', 'hours', 'days']);
type Unit = z.output<typeof unit>;

const secondsOf: Record<Unit, number> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };
/** The unit where none is given, and the value. */
const defaults = {
  access: { unit: 'hours', value: 1 },
  id: { unit: 'hours', value: 1 },
  refresh: { unit: 'days', value: 30 },
} as const;
type Token = keyof typeof defaults;

/** How long a token lives. 0 counts as not given. */
export function toSeconds(value: number | undefined, unit: Unit | undefined, token: Token): number {
  const { [token]: otherwise } = defaults;
  return value ? value * secondsOf[unit ?? otherwise.unit] : otherwise.value * secondsOf[otherwise.unit];
}

/** The members of an app client that show it, in the units in which they were given. */
export function validityOf(client: Client): object {
  const { accessToken, idToken, refreshToken } = client.tokenValidityUnits;
  const inUnits = (seconds: number, unit: Unit | undefined, token: Token) =>
    seconds / secondsOf[unit ?? defaults[token].unit];
  return {
    AccessTokenValidity: inUnits(client.accessTokenValiditySeconds, accessToken, 'access'),
    IdTokenValidity: inUnits(client.idTokenValiditySeconds, idToken, 'id'),
    RefreshTokenValidity: inUnits(client.refreshTokenValiditySeconds, refreshToken, 'refresh'),
    TokenValidityUnits: given({ AccessToken: accessToken, IdToken: idToken, RefreshToken: refreshToken }),
  };
}
