/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates of HTTP: "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 5.6.7). The two
 * obsolete forms are no dates here. Not by curl_getdate(), which guesses, and whose
 * time_t is another one than ours on 32-bit systems.
 */
#ifndef EVC_NET_DATE_H
#define EVC_NET_DATE_H

#include <stdint.h>

/* Wall time; -1 when text is no date, or NULL. The name of the day is not judged. */
int64_t evc_date_parse(const char *text);

#endif
