/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "base/err.h"
#include "envcrypt/k8s.h"

/* given: whether all is there that must be. */
static int
refuse(bool given, evc_error **err)
{
    evc_err_clear(err);
    if (!given)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "nothing can be re-encrypted: an argument that must be given is "
                       "NULL");
    return evc_err(err, ENVCRYPT_E_NOT_BUILT,
                   "this build of the library re-encrypts no Secrets; install a build "
                   "with Kubernetes");
}

int
envcrypt_reencrypt_config_new(envcrypt_reencrypt_config **out, envcrypt_error **err)
{
    if (out)
        *out = NULL;
    return refuse(out != NULL, err);
}

void
envcrypt_reencrypt_config_free(envcrypt_reencrypt_config *config)
{
    (void)config;
}

int
envcrypt_reencrypt_config_set(envcrypt_reencrypt_config *config, const char *name,
                              const char *value, envcrypt_error **err)
{
    (void)value;
    return refuse(config && name, err);
}

int
envcrypt_reencrypt_run(envcrypt_kube *kube, const envcrypt_reencrypt_config *config,
                       envcrypt_reencrypt_fn progress, void *user,
                       envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                       envcrypt_reencrypt_report **out, envcrypt_error **err)
{
    (void)config;
    (void)progress;
    (void)wait;
    if (out)
        *out = NULL;
    if (destroy)
        destroy(user);
    return refuse(kube && out, err);
}

int
envcrypt_reencrypt_verify(envcrypt_kube *kube, const envcrypt_reencrypt_config *config,
                          struct envcrypt_etcd *etcd, envcrypt_reencrypt_fn progress,
                          void *user, envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                          envcrypt_reencrypt_report **out, envcrypt_error **err)
{
    (void)etcd;
    return envcrypt_reencrypt_run(kube, config, progress, user, destroy, wait, out,
                                  err);
}

void
envcrypt_reencrypt_report_free(envcrypt_reencrypt_report *report)
{
    (void)report;
}

int32_t
envcrypt_reencrypt_report_mode(const envcrypt_reencrypt_report *report)
{
    (void)report;
    return 0;
}

const char *
envcrypt_reencrypt_report_mode_reason(const envcrypt_reencrypt_report *report)
{
    (void)report;
    return "";
}

int32_t
envcrypt_reencrypt_report_outcome(const envcrypt_reencrypt_report *report)
{
    (void)report;
    return 0;
}

const char *
envcrypt_reencrypt_report_outcome_reason(const envcrypt_reencrypt_report *report)
{
    (void)report;
    return "";
}

int32_t
envcrypt_reencrypt_report_phase(const envcrypt_reencrypt_report *report)
{
    (void)report;
    return 0;
}

int64_t
envcrypt_reencrypt_report_figure(const envcrypt_reencrypt_report *report,
                                 int32_t figure)
{
    (void)report;
    (void)figure;
    return -1;
}

int64_t
envcrypt_reencrypt_report_began_ms(const envcrypt_reencrypt_report *report)
{
    (void)report;
    return -1;
}

int64_t
envcrypt_reencrypt_report_ended_ms(const envcrypt_reencrypt_report *report)
{
    (void)report;
    return -1;
}

int32_t
envcrypt_reencrypt_report_is_resumed(const envcrypt_reencrypt_report *report)
{
    (void)report;
    return 0;
}

const char *
envcrypt_reencrypt_report_journal(const envcrypt_reencrypt_report *report)
{
    (void)report;
    return NULL;
}

const char *
envcrypt_reencrypt_report_note(const envcrypt_reencrypt_report *report, size_t index)
{
    (void)report;
    (void)index;
    return NULL;
}

int
envcrypt_reencrypt_report_failures(const envcrypt_reencrypt_report *report,
                                   envcrypt_table **out, envcrypt_error **err)
{
    if (out)
        *out = NULL;
    return refuse(report && out, err);
}

int
envcrypt_reencrypt_report_to_json(const envcrypt_reencrypt_report *report,
                                  envcrypt_buffer **out, envcrypt_error **err)
{
    if (out)
        *out = NULL;
    return refuse(report && out, err);
}
