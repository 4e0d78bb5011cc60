/* SPDX-License-Identifier: Apache-2.0 */
/* The public object of figures. It knows no network, so every build has it. */
#ifndef EVC_API_METER_H
#define EVC_API_METER_H

#include "base/err.h"
#include "envcrypt/client.h"

#define EVC_METER_FIGURES ENVCRYPT_METER_LATENCY_MAX_MS

typedef struct evc_meter_line {
    const char *provider; /* static texts */
    const char *operation;
    uint64_t figures[EVC_METER_FIGURES]; /* by enum envcrypt_meter_figure, less one */
} evc_meter_line;

struct envcrypt_meter {
    size_t count;
    evc_meter_line *lines;
};

/* Of count lines, all zero. NOMEM. */
int evc_meter_lines_new(size_t count, struct envcrypt_meter **out,
                        evc_error **err) EVC_MUST_CHECK;

#endif
