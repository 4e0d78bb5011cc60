/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_ask.h"

void
evc_ibm_ask_reset(evc_ibm_ask *ask)
{
    evc_buf_reset(&ask->query);
    evc_buf_reset(&ask->body);
    evc_json_free(ask->doc);
    ask->doc = NULL;
}

int
evc_ibm_ask_build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_ibm_ask *ask = op->user;
    int rc =
        evc_ibm_request(x, ask->method, ask->target,
                        ask->base ? ask->base : EVC_IBM_API, ask->path, ask->type, err);

    if (!rc && ask->accept)
        rc = evc_headers_set(&x->headers, "accept", evc_view_text(ask->accept), err);
    if (!rc && ask->prefer)
        rc = evc_headers_add(&x->headers, "prefer", evc_view_text(ask->prefer), err);
    if (!rc && ask->group)
        rc = evc_headers_add(&x->headers, "x-auth-resource-group",
                             evc_view_text(ask->group), err);
    if (rc)
        return rc;
    evc_buf_put_view(&x->query, evc_buf_view(&ask->query));
    evc_buf_put_view(&x->body, evc_buf_view(&ask->body));
    rc = evc_buf_check(&x->query, err);
    return rc ? rc : evc_buf_check(&x->body, err);
}

int
evc_ibm_ask_read(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_ibm_ask *ask = op->user;

    evc_json_free(ask->doc);
    ask->doc = NULL;
    return x->reply.size ? evc_ibm_reply(x, &ask->doc, err) : 0;
}

int
evc_ibm_ask_run(evc_ibm_ask *ask, evc_wait *wait, evc_error **err)
{
    evc_operation op;
    int rc = evc_buf_check(&ask->query, err);

    if (!rc)
        rc = evc_buf_check(&ask->body, err);
    if (rc)
        return rc;
    evc_operation_init(&op, ask->kind, ask->peer, ask);
    op.subject = ask->subject;
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    return rc;
}

static int
ask_page(evc_ibm_ask *ask, size_t offset, size_t query, evc_wait *wait,
         const evc_json **list, evc_error **err)
{
    int rc;

    evc_buf_truncate(&ask->query, query);
    evc_buf_put_format(&ask->query, "%slimit=%d&offset=%zu", query ? "&" : "",
                       EVC_IBM_PAGE, offset);
    rc = evc_ibm_ask_run(ask, wait, err);
    if (!rc && !ask->doc)
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "%s got an empty reply instead of a list", ask->kind->name);
    if (rc)
        return rc;
    /* An empty list may be left out, and be null. */
    *list = NULL;
    if (!evc_json_array(evc_json_root(ask->doc), "resources", list, NULL))
        return 0;
    return evc_ibm_reply_inner(evc_json_root(ask->doc), "metadata", "collectionType")
               ? 0
               : evc_err(err, ENVCRYPT_E_PROTOCOL, "%s got something else than a list",
                         ask->kind->name);
}

int
evc_ibm_ask_pages(evc_ibm_ask *ask, evc_ibm_each_fn each, void *user, evc_wait *wait,
                  evc_error **err)
{
    size_t query = ask->query.size;
    const evc_json *list = NULL;
    size_t offset = 0;
    size_t count;
    int rc;

    do {
        rc = ask_page(ask, offset, query, wait, &list, err);
        count = rc || !list ? 0 : evc_json_count(list);
        for (size_t i = 0; i < count && !rc; i++)
            rc = each(user, evc_json_at(list, i), err);
        offset += count;
        if (!rc && offset > EVC_IBM_ENTRIES)
            rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                         "%s got more than %u entries and no end of them",
                         ask->kind->name, EVC_IBM_ENTRIES);
    } while (!rc && count >= EVC_IBM_PAGE);
    return rc;
}
