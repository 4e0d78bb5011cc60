/* SPDX-License-Identifier: Apache-2.0 */
/* Of process.c: what systems do differently. */
#ifndef EVC_BASE_SPAWN_H
#define EVC_BASE_SPAWN_H

#include <spawn.h>

/* The child gets no descriptor but 0 to 2. 0, or an errno. Where the system cannot do
 * that, descriptors that the application made without O_CLOEXEC go to the child. */
int evc_spawn_close_others(posix_spawn_file_actions_t *actions);

#endif
