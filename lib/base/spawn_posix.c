/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spawn.h"

int
evc_spawn_close_others(posix_spawn_file_actions_t *actions)
{
    (void)actions;
    return 0;
}
