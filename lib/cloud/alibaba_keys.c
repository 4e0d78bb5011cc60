/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "cloud/alibaba_actions.h"
#include "cloud/alibaba_aliases.h"
#include "cloud/arguments.h"
#include "codec/jwrite.h"

static const evc_operation_kind list_kind = EVC_ALIBABA_ASKS("ListKeys");
static const evc_operation_kind create_kind = EVC_ALIBABA_ASKS_ONCE("CreateKey");

/* --- list-keys --- */

static const struct {
    const char *argument;
    const char *filter;
} filters[] = {
    {"state", "KeyState"},      {"spec", "KeySpec"},
    {"usage", "KeyUsage"},      {"level", "ProtectionLevel"},
    {"creator", "CreatorType"}, {"instance", "DKMSInstanceId"},
};

static void
put_filter(evc_jwrite *w, const char *name, const char *values)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(values));
    evc_view value;

    evc_jwrite_object(w);
    evc_jwrite_name(w, "Key");
    evc_jwrite_text(w, name);
    evc_jwrite_name(w, "Values");
    evc_jwrite_array(w);
    while (evc_arguments_next(&c, &value))
        evc_jwrite_view(w, value);
    evc_jwrite_end(w);
    evc_jwrite_end(w);
}

/* Filters with a NUL; nothing when no argument asks for one. */
static int
write_filters(const evc_kv *args, evc_buf *out, evc_error **err)
{
    bool any = false;
    evc_jwrite w;
    int rc;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_array(&w);
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        const char *values = evc_service_arg(args, filters[i].argument);

        if (!values)
            continue;
        put_filter(&w, filters[i].filter, values);
        any = true;
    }
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, err);
    if (!any)
        evc_buf_clear(out);
    else
        evc_buf_put_u8(out, 0);
    return rc ? rc : evc_buf_check(out, err);
}

static int
show_key(void *user, const evc_json *item, evc_error **err)
{
    const char *id = NULL;
    const char *arn = NULL;
    int rc = evc_json_text(item, "KeyId", &id, err);

    if (!rc)
        rc = evc_json_text(item, "KeyArn", &arn, err);
    if (!rc)
        rc = evc_table_add_row(user, err);
    if (!rc)
        rc = evc_table_set(user, "key", id, err);
    if (!rc)
        rc = evc_table_set(user, "arn", arn, err);
    return rc;
}

static int
list_plain(const evc_service *service, const evc_kv *args, evc_wait *wait,
           evc_table *out, evc_error **err)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    rc = write_filters(args, &text, err);
    if (!rc) {
        const evc_alibaba_parameter parameters[] = {
            {"Filters", text.size ? (const char *)text.data : NULL}, {NULL, NULL}};
        const evc_alibaba_list list = {
            .kind = &list_kind,
            .outer = "Keys",
            .inner = "Key",
            .take = show_key,
            .user = out,
        };

        rc = evc_alibaba_list_run(evc_alibaba_account_of(service)->peer, &list,
                                  parameters, NULL, wait, err);
    }
    evc_buf_reset(&text);
    return rc;
}

/* Columns 0 and 1 of a list's rows are the id and the ARN: with these the rest is asked
 * for, or only the aliases are added. */
static int
complete(const evc_service *service, const evc_table *plain, const evc_kv *aliases,
         bool details, evc_wait *wait, evc_table *out, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < plain->rows; i++) {
        const char *id = evc_table_cell(plain, i, 0);
        const char *arn = evc_table_cell(plain, i, 1);

        if (details) {
            rc = evc_alibaba_account_show(
                service, arn, evc_kv_text(aliases, evc_view_text(id)), wait, out, err);
            continue;
        }
        rc = evc_table_add_row(out, err);
        if (!rc)
            rc = evc_table_set(out, "key", id, err);
        if (!rc)
            rc = evc_table_set(out, "arn", arn, err);
        if (!rc)
            rc = evc_table_set(out, "aliases", evc_kv_text(aliases, evc_view_text(id)),
                               err);
    }
    return rc;
}

static int
list_keys(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
          evc_error **err)
{
    const char *flag = NULL;
    evc_table *plain = NULL;
    evc_kv aliases;
    int rc = evc_arguments_flag(args, "details", &flag, err);

    evc_kv_init(&aliases);
    if (!rc)
        rc = evc_table_new(evc_alibaba_key_columns, &plain, err);
    if (!rc)
        rc = list_plain(service, args, wait, plain, err);
    if (!rc)
        rc = evc_alibaba_aliases_of(service, NULL, wait, &aliases, err);
    if (!rc)
        rc = complete(service, plain, &aliases, flag && strcmp(flag, "true") == 0, wait,
                      out, err);
    evc_kv_reset(&aliases);
    evc_table_free(plain);
    return rc;
}

static const char *const list_takes[] = {"state",   "spec",     "usage",   "level",
                                         "creator", "instance", "details", NULL};
const evc_action evc_alibaba_list_keys = {
    .name = "list-keys",
    .help = "lists the keys of the account in the Region, those that fit the filters "
            "(values with commas between them); details=true describes each",
    .takes = list_takes,
    .columns = evc_alibaba_key_columns,
    .permission = "kms:ListKeys, kms:ListAliases (and kms:DescribeKey for details)",
    .run = list_keys,
};

/* --- describe-key --- */

static int
describe_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
             evc_error **err)
{
    evc_kv aliases;
    evc_buf key;
    int rc;

    evc_buf_init(&key);
    evc_kv_init(&aliases);
    rc = evc_alibaba_account_key(service, args, wait, &key, err);
    if (!rc)
        rc = evc_alibaba_aliases_of(service, (const char *)key.data, wait, &aliases,
                                    err);
    if (!rc)
        rc = evc_alibaba_account_show(
            service, (const char *)key.data,
            aliases.count ? (const char *)aliases.pairs[0].value.data : NULL, wait, out,
            err);
    evc_buf_reset(&key);
    evc_kv_reset(&aliases);
    return rc;
}

static const char *const key_only[] = {"key", NULL};
const evc_action evc_alibaba_describe_key = {
    .name = "describe-key",
    .help = "tells all about a key: by id, alias/NAME or ARN",
    .needs = key_only,
    .columns = evc_alibaba_key_columns,
    .permission = "kms:DescribeKey, kms:ListAliasesByKeyId",
    .run = describe_key,
};

/* --- create-key --- */

/* As the service takes tags, with a NUL. */
static int
write_tags(const evc_kv *tags, evc_buf *out, evc_error **err)
{
    evc_jwrite w;
    int rc;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_array(&w);
    for (size_t i = 0; i < tags->count; i++) {
        evc_jwrite_object(&w);
        evc_jwrite_name(&w, "TagKey");
        evc_jwrite_view(&w, tags->pairs[i].name);
        evc_jwrite_name(&w, "TagValue");
        evc_jwrite_view(&w, tags->pairs[i].value);
        evc_jwrite_end(&w);
    }
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, err);
    evc_buf_put_u8(out, 0);
    return rc ? rc : evc_buf_check(out, err);
}

static int
read_tags(const char *text, evc_buf *out, evc_error **err)
{
    evc_kv tags;
    int rc;

    evc_kv_init(&tags);
    rc = evc_arguments_pairs(text, "tags", &tags, err);
    if (!rc)
        rc = write_tags(&tags, out, err);
    evc_kv_reset(&tags);
    return rc;
}

static int
check_level(const char *level, evc_error **err)
{
    if (!level || strcmp(level, "SOFTWARE") == 0 || strcmp(level, "HSM") == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT, "the argument level is SOFTWARE or HSM");
}

static int
make_key(const evc_service *service, const evc_kv *args, const char *interval,
         const char *tags, evc_wait *wait, evc_table *out, evc_error **err)
{
    const evc_alibaba_parameter parameters[] = {
        {"KeySpec", "Aliyun_AES_256"},
        {"ProtectionLevel", evc_service_arg(args, "level")},
        {"DKMSInstanceId", evc_service_arg(args, "instance")},
        {"EnableAutomaticRotation", interval ? "true" : NULL},
        {"RotationInterval", interval},
        {"Description", evc_service_arg(args, "description")},
        {"Tags", tags},
        {NULL, NULL},
    };
    evc_alibaba_ask ask = {.parameters = parameters};
    evc_alibaba_metadata made;
    int rc = evc_alibaba_ask_run(evc_alibaba_account_of(service)->peer, &create_kind,
                                 NULL, &ask, wait, err);

    if (rc)
        return rc;
    rc = evc_alibaba_metadata_read(ask.doc, &made, err);
    if (rc) {
        evc_json_free(ask.doc);
        return evc_alibaba_wire_result(create_kind.name, rc, err);
    }
    rc = evc_alibaba_account_row(out, &made, NULL, err);
    evc_alibaba_metadata_reset(&made);
    return rc;
}

static int
create_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    const char *wanted = evc_service_arg(args, "tags");
    int64_t days = 0;
    char interval[16];
    evc_buf tags;
    evc_buf b;
    int rc = evc_arguments_number(args, "rotation-days", 7, 730, &days, err);

    evc_buf_init(&tags);
    evc_buf_init_fixed(&b, interval, sizeof(interval));
    evc_buf_put_format(&b, "%dd", (int)days);
    evc_buf_put_u8(&b, 0);
    if (!rc)
        rc = evc_buf_check(&b, err);
    if (!rc)
        rc = check_level(evc_service_arg(args, "level"), err);
    if (!rc && wanted)
        rc = read_tags(wanted, &tags, err);
    if (!rc)
        rc = make_key(service, args, days ? interval : NULL,
                      wanted ? (const char *)tags.data : NULL, wait, out, err);
    evc_buf_reset(&tags);
    return rc;
}

static const char *const create_takes[] = {"description", "tags",          "level",
                                           "instance",    "rotation-days", NULL};
const evc_action evc_alibaba_create_key = {
    .name = "create-key",
    .help =
        "makes a symmetric key (Aliyun_AES_256), in a KMS instance if one is named; "
        "ACK takes only keys that are not rotated",
    .takes = create_takes,
    .columns = evc_alibaba_key_columns,
    .permission = "kms:CreateKey (and kms:TagResource for tags)",
    .flags = EVC_ACTION_CHANGES,
    .run = create_key,
};
