/* SPDX-License-Identifier: Apache-2.0 */
#include "api/meter.h"

#include "base/mem.h"

int
evc_meter_lines_new(size_t count, struct envcrypt_meter **out, evc_error **err)
{
    evc_meter_line *lines = evc_mem_new_array(count, sizeof(*lines));
    struct envcrypt_meter *meter = evc_mem_new(sizeof(*meter));

    *out = meter;
    if (lines && meter) {
        *meter = (struct envcrypt_meter){count, lines};
        return 0;
    }
    evc_mem_free(lines);
    evc_mem_free(meter);
    *out = NULL;
    return evc_err_nomem(err);
}

void
envcrypt_meter_free(envcrypt_meter *meter)
{
    if (!meter)
        return;
    evc_mem_free(meter->lines);
    evc_mem_free(meter);
}

size_t
envcrypt_meter_rows(const envcrypt_meter *meter)
{
    return meter ? meter->count : 0;
}

static const evc_meter_line *
line_of(const envcrypt_meter *meter, size_t row)
{
    return meter && row < meter->count ? &meter->lines[row] : NULL;
}

const char *
envcrypt_meter_provider(const envcrypt_meter *meter, size_t row)
{
    const evc_meter_line *line = line_of(meter, row);

    return line ? line->provider : NULL;
}

const char *
envcrypt_meter_operation(const envcrypt_meter *meter, size_t row)
{
    const evc_meter_line *line = line_of(meter, row);

    return line ? line->operation : NULL;
}

uint64_t
envcrypt_meter_figure(const envcrypt_meter *meter, size_t row, int32_t figure)
{
    const evc_meter_line *line = line_of(meter, row);

    if (!line || figure < 1 || figure > EVC_METER_FIGURES)
        return 0;
    return line->figures[figure - 1];
}
