/** The digests of a kernel that was given none: every algorithm is unknown. */
import { fail } from '../abi/errno.ts';
import type { HostDigests } from './host.ts';

/** Answers EINVAL before anything could be asked to be made. */
export const NO_DIGESTS: HostDigests = {
  slices: [],
  digestBytes: () => fail('EINVAL'),
  once: () => fail('EINVAL'),
  create: () => {
    throw new Error('there is no digest to make');
  },
};
