/* SPDX-License-Identifier: Apache-2.0 */
#include "api/kube_options.h"

static const evc_option_value hour = {.least = 1,
                                      .most = 3600000}; /* in milliseconds */

static const evc_option options[] = {
    {"kubeconfig", &evc_option_some, false},  {"context", &evc_option_some, false},
    {"cluster", &evc_option_some, false},     {"user", &evc_option_some, false},
    {"in-cluster", &evc_option_truth, false}, {"server", &evc_option_some, false},
    {"ca-file", &evc_option_some, false},     {"ca-pem", &evc_option_some, false},
    {"tls-name", &evc_option_some, false},    {"proxy", &evc_option_any, false},
    {"attempt-timeout-ms", &hour, false},     {"token-file", &evc_option_some, false},
    {"client-cert", &evc_option_some, false}, {"client-key", &evc_option_some, false},
    {"eks-cluster", &evc_option_some, false}, {"aws-region", &evc_option_some, false},
    {"aws-profile", &evc_option_some, false}, {"as", &evc_option_some, false},
    {"as-groups", &evc_option_some, false},   {"allow-exec", &evc_option_truth, false},
};

static const evc_option_list list = {options, sizeof(options) / sizeof(options[0]),
                                     "access to an API server has",
                                     "access to an API server"};

int
evc_kube_options_check(const char *name, const char *value, evc_error **err)
{
    return evc_option_check(&list, name, value, err);
}
