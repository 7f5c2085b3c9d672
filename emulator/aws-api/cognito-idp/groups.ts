import { z } from 'zod';
import { AwsError } from '../aws-error';
import { text } from '../input';
import { operation } from '../operation';
import { withoutUndefined } from '../without-undefined';
import { findPool, requireUser, username, userPoolId } from './members';

const groupName = text(1, 128, /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u);

export const groupOperations = {
  CreateGroup: operation(
    z.strictObject({
      UserPoolId: userPoolId,
      GroupName: groupName,
      Description: text(0, 2048).optional(),
      Precedence: z.int().min(0).optional(),
    }),
    ({ UserPoolId, GroupName, Description, Precedence }, call) =>
      call.store.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        if (pool.groups.some(({ name }) => name === GroupName)) {
          throw new AwsError('GroupExistsException', 'A group with the name already exists.');
        }
        const now = call.store.now();
        const members = { description: Description, precedence: Precedence };
        pool.groups.push({ name: GroupName, ...members, createdAt: now, lastModifiedAt: now });
        return {
          Group: {
            GroupName,
            UserPoolId,
            ...withoutUndefined({ Description, Precedence }),
            CreationDate: now,
            LastModifiedDate: now,
          },
        };
      }),
  ),

  AdminAddUserToGroup: operation(
    z.strictObject({ UserPoolId: userPoolId, Username: username, GroupName: groupName }),
    ({ UserPoolId, Username, GroupName }, call) =>
      call.store.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        const user = requireUser(pool, Username);
        if (!pool.groups.some(({ name }) => name === GroupName)) {
          throw new AwsError('ResourceNotFoundException', 'Group not found.');
        }
        user.groups = [...new Set([...user.groups, GroupName])];
        return undefined;
      }),
  ),
};
