/* SPDX-License-Identifier: Apache-2.0 */
#include "base/names.h"

const char *
evc_names_at(const char *const *names, size_t count, int32_t value)
{
    return value >= 0 && (size_t)value < count ? names[value] : NULL;
}
