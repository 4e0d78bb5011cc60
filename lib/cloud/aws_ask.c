/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_ask.h"

#include <stdio.h>
#include <string.h>

#include "cloud/json_reply.h"

#define LONGEST_MARKER 2048u

int
evc_aws_ask_build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_aws_ask *ask = op->user;
    evc_jwrite w;
    int rc = evc_aws_wire_begin(x, op->kind->name, &w, err);

    if (!rc && ask->write)
        rc = ask->write(ask->what, &w, err);
    if (ask->page && ask->page->marker.size)
        evc_aws_wire_text(&w, "Marker", (const char *)ask->page->marker.data);
    return rc ? rc : evc_aws_wire_end(&w, err);
}

int
evc_aws_ask_read(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_aws_ask *ask = op->user;
    evc_view reply = evc_buf_view(&x->reply);
    int rc = 0;

    /* Operations that tell nothing are answered with nothing; moto says null for it. */
    if (reply.size && !evc_view_is_text(reply, "null"))
        rc = evc_json_reply_parse(x, &ask->doc, err);
    return evc_aws_wire_result(op->kind->name, rc, err);
}

int
evc_aws_ask_run(evc_peer *peer, const evc_operation_kind *kind, const char *subject,
                evc_aws_ask *ask, evc_wait *wait, evc_error **err)
{
    evc_operation op;
    int rc;

    ask->doc = NULL;
    evc_operation_init(&op, kind, peer, ask);
    op.subject = subject;
    rc = evc_operation_run(&op, wait, err);
    (void)snprintf(ask->provider_code, sizeof(ask->provider_code), "%s",
                   op.fault.provider_code);
    evc_operation_reset(&op);
    if (rc) {
        evc_json_free(ask->doc);
        ask->doc = NULL;
    }
    return rc;
}

const evc_json *
evc_aws_ask_root(const evc_aws_ask *ask)
{
    return ask->doc ? evc_json_root(ask->doc) : NULL;
}

int
evc_aws_page_read(evc_aws_page *page, const evc_json *root, evc_error **err)
{
    const char *next = NULL;
    int rc;

    page->more = false;
    page->number++;
    rc = evc_json_bool_opt(root, "Truncated", &page->more, err);
    if (rc || !page->more)
        return rc;
    rc = evc_json_text(root, "NextMarker", &next, err);
    if (rc)
        return rc;
    if (!next[0] || strlen(next) > LONGEST_MARKER || page->number >= EVC_AWS_PAGES ||
        (page->marker.size && strcmp(next, (const char *)page->marker.data) == 0))
        return evc_err(err, ENVCRYPT_E_JSON, "the pages of a list do not end");
    evc_buf_clear(&page->marker);
    evc_buf_put(&page->marker, next, strlen(next) + 1);
    return evc_buf_check(&page->marker, err);
}

void
evc_aws_page_reset(evc_aws_page *page)
{
    evc_buf_reset(&page->marker);
    *page = (evc_aws_page){.more = false};
}
