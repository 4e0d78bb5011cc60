/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_check.h"

#include <string.h>

#include "base/encode.h"
#include "k8s/config_advice.h"
#include "k8s/config_rules.h"

#define MINOR_MAX 9999u

/* Behind the minor version stands what does not count: ".4", "+", "-eks-1". */
static bool
parse_minor(const char *text, unsigned *out)
{
    unsigned minor = 0;

    text += *text == 'v';
    if (strncmp(text, "1.", 2) != 0)
        return false;
    text += 2;
    if (*text < '1' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        minor = minor * 10 + (unsigned)(*text - '0');
        if (minor > MINOR_MAX)
            return false;
    }
    *out = minor;
    return *text == 0 || strchr(".+-", *text);
}

int
evc_config_check(const evc_encryption_config *config, evc_arena *arena,
                 const char *version, evc_table **out, evc_error **err)
{
    evc_findings findings;
    unsigned minor = 0;
    int rc;

    *out = NULL;
    if (version && !parse_minor(version, &minor)) {
        char shown[EVC_SHOWN];

        evc_encode_shown(evc_view_text(version), shown);
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" is no version of Kubernetes; write 1.31", shown);
    }
    evc_findings_init(&findings, err);
    evc_config_rules(config, arena, minor, &findings);
    evc_config_advice(config, arena, minor, &findings);
    rc = findings.rc;
    if (!rc) {
        *out = findings.table;
        findings.table = NULL;
    }
    evc_findings_reset(&findings);
    return rc;
}
