/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/steps.h"

static const char *const columns[] = {"step", "request", "effect", "warning", NULL};

int
evc_steps_new(evc_table **out, evc_error **err)
{
    return evc_table_new(columns, out, err);
}

int
evc_steps_add(evc_table *steps, const char *step, const char *request,
              const char *effect, const char *warning, evc_error **err)
{
    int rc = evc_table_add_row(steps, err);

    if (rc == 0)
        rc = evc_table_set(steps, "step", step, err);
    if (rc == 0)
        rc = evc_table_set(steps, "request", request, err);
    if (rc == 0)
        rc = evc_table_set(steps, "effect", effect, err);
    if (rc == 0)
        rc = evc_table_set(steps, "warning", warning, err);
    return rc;
}
