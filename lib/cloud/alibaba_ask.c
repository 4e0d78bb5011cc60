/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_ask.h"

#include "cloud/json_reply.h"

static void
put_number(evc_buf *form, const char *name, uint32_t number)
{
    char text[16];
    evc_buf b;

    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put_format(&b, "%u", number);
    evc_form_add(form, name, evc_buf_view(&b));
}

int
evc_alibaba_ask_build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_alibaba_ask *ask = op->user;
    const evc_alibaba_parameter *one = ask->parameters;
    int rc = evc_alibaba_wire_begin(x, op->kind->name, err);

    for (; one && one->name; one++) {
        if (one->value)
            evc_form_add(&x->body, one->name, evc_view_text(one->value));
    }
    if (ask->page) {
        put_number(&x->body, "PageNumber", ask->page);
        put_number(&x->body, "PageSize", EVC_ALIBABA_PAGE);
    }
    return rc ? rc : evc_alibaba_wire_end(x, err);
}

int
evc_alibaba_ask_read(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_alibaba_ask *ask = op->user;
    int rc = evc_json_reply_parse(x, &ask->doc, err);

    return evc_alibaba_wire_result(op->kind->name, rc, err);
}

int
evc_alibaba_ask_run(evc_peer *peer, const evc_operation_kind *kind, const char *subject,
                    evc_alibaba_ask *ask, evc_wait *wait, evc_error **err)
{
    evc_operation op;
    int rc;

    ask->doc = NULL;
    evc_operation_init(&op, kind, peer, ask);
    op.subject = subject;
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    if (rc) {
        evc_json_free(ask->doc);
        ask->doc = NULL;
    }
    return rc;
}

/* Of one page. *all counts the items of the pages so far. */
static int
take_page(const evc_alibaba_list *list, const evc_json *root, size_t *all, bool *last,
          evc_error **err)
{
    const evc_json *outer;
    const evc_json *inner;
    int64_t total = 0;
    size_t count;
    int rc = evc_json_object(root, list->outer, &outer, err);

    if (!rc)
        rc = evc_json_array(outer, list->inner, &inner, err);
    if (!rc)
        rc = evc_json_integer(root, "TotalCount", 0, INT32_MAX, &total, err);
    if (rc)
        return rc;
    count = evc_json_count(inner);
    for (size_t i = 0; !rc && i < count; i++)
        rc = list->take(list->user, evc_json_at(inner, i), err);
    *all += count;
    *last = count == 0 || *all >= (size_t)total;
    return rc;
}

int
evc_alibaba_list_run(evc_peer *peer, const evc_alibaba_list *list,
                     const evc_alibaba_parameter *parameters, const char *subject,
                     evc_wait *wait, evc_error **err)
{
    evc_alibaba_ask ask = {.parameters = parameters};
    bool last = false;
    size_t all = 0;
    int rc = 0;

    while (!rc && !last) {
        if (++ask.page > EVC_ALIBABA_PAGES)
            return evc_err(err, ENVCRYPT_E_PROTOCOL,
                           "the pages that Alibaba Cloud KMS gives for %s do not end",
                           list->kind->name);
        rc = evc_alibaba_ask_run(peer, list->kind, subject, &ask, wait, err);
        if (rc)
            return rc;
        rc = take_page(list, evc_json_root(ask.doc), &all, &last, err);
        evc_json_free(ask.doc);
    }
    return evc_alibaba_wire_result(list->kind->name, rc, err);
}
