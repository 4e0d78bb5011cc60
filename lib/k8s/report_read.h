/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports that were written as JSON (k8s/report.h, cluster/report.h), read back: by people who kept
 * one, and by another version of the library. So members that are not known are passed over, and
 * those that are missing, and words that are not known, leave what a new report has; sentences past
 * their room are cut. Pure.
 */
#ifndef EVC_K8S_REPORT_READ_H
#define EVC_K8S_REPORT_READ_H

#include "codec/json.h"
#include "k8s/report.h"

/* The object that evc_reencrypt_report_to_json() wrote. JSON, NOMEM. */
int evc_reencrypt_report_read(const evc_json *of, evc_reencrypt_report **out,
                              evc_error **err) EVC_MUST_CHECK;

/* Members of an object, which all may be missing. JSON: it is of another type. */
typedef const char *evc_report_name_fn(int32_t value); /* NULL for what is none */
int evc_report_word(const evc_json *of, const char *name, evc_report_name_fn *names,
                    int32_t last, int32_t *out, evc_error **err) EVC_MUST_CHECK;
int evc_report_sentence(const evc_json *of, const char *name, char *out, size_t room,
                        evc_error **err) EVC_MUST_CHECK;
/* "2026-01-31T12:00:00Z" in milliseconds. */
int evc_report_time(const evc_json *of, const char *name, int64_t *out,
                    evc_error **err) EVC_MUST_CHECK;
/* The array of sentences of a member; NULL = there is none. */
int evc_report_list(const evc_json *of, const char *name, const evc_json **out,
                    evc_error **err) EVC_MUST_CHECK;
/* Rows of an array of objects, by the columns of the table. JSON, NOMEM; PROTOCOL past the rows
 * that a table has. */
int evc_report_rows(const evc_json *array, evc_table *out,
                    evc_error **err) EVC_MUST_CHECK;

#endif
