/** Extended attributes (xattr.h). */

/** XATTR_*: what setting one demands (the flags of setxattr(2)). */
export const XATTR = {
  /** It must not exist. */
  CREATE: 1,
  /** It must exist. */
  REPLACE: 2,
} as const;
