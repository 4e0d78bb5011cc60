/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decimal.h"

bool
evc_decimal_read(evc_view text, int64_t most, int64_t *out)
{
    int64_t number = 0;

    for (size_t i = 0; i < text.size; i++) {
        int digit = text.data[i] - '0';

        if (digit < 0 || digit > 9 || digit > most || number > (most - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (text.size == 0)
        return false;
    *out = number;
    return true;
}
