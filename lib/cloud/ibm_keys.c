/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "cloud/ibm_account.h"
#include "cloud/ibm_actions.h"
#include "codec/jwrite.h"

#define KEY_TYPE "application/vnd.ibm.kms.key+json"

#define ASKS(words)                                                           \
    {                                                                         \
        .name = (words), .build = evc_ibm_ask_build, .read = evc_ibm_ask_read \
    }
#define ASKS_ONCE(words)                                                       \
    {                                                                          \
        .name = (words), .build = evc_ibm_ask_build, .read = evc_ibm_ask_read, \
        .once = true                                                           \
    }

static const evc_operation_kind list_keys_kind = ASKS("list keys");
static const evc_operation_kind create_key_kind = ASKS_ONCE("create key");
static const evc_operation_kind create_alias_kind = ASKS("create alias");
static const evc_operation_kind delete_alias_kind = ASKS("delete alias");
static const evc_operation_kind describe_kind = ASKS("get key metadata");

static const char *const key_only[] = {"key", NULL};

/* --- list-keys --- */

static const struct {
    const char *name;
    const char *number;
} states[] = {
    {"pre-active", "0"},  {"active", "1"},  {"suspended", "2"}, {"disabled", "2"},
    {"deactivated", "3"}, {"expired", "3"}, {"destroyed", "5"}, {"deleted", "5"},
    {"0", "0"},           {"1", "1"},       {"2", "2"},         {"3", "3"},
    {"5", "5"},
};

static const char *
number_of(evc_view name)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (evc_view_is_text(name, states[i].name))
            return states[i].number;
    }
    return NULL;
}

/* Names or numbers with commas between them, as numbers. */
static int
read_states(const char *value, evc_buf *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(value));
    char shown[EVC_SHOWN];

    do {
        size_t start = c.at;
        const char *number;
        evc_view name;

        while (evc_cursor_left(&c) > 0 && c.input.data[c.at] != ',')
            (void)evc_cursor_u8(&c);
        name = evc_cursor_since(&c, start);
        number = number_of(name);
        if (!number) {
            evc_encode_shown(name, shown);
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "\"%s\" is no state of keys; there are pre-active, active, "
                           "suspended, deactivated and destroyed",
                           shown);
        }
        if (out->size)
            evc_buf_put_u8(out, ',');
        evc_buf_put_text(out, number);
    } while (evc_cursor_u8(&c) == ',');
    return 0;
}

static int
add_filters(evc_ibm_ask *ask, const evc_kv *args, evc_error **err)
{
    const char *state = evc_service_arg(args, "state");
    const char *type = evc_service_arg(args, "type");
    const char *search = evc_service_arg(args, "search");
    evc_buf numbers;
    int rc = 0;

    evc_buf_init(&numbers);
    if (state)
        rc = read_states(state, &numbers, err);
    if (!rc && state)
        evc_form_add(&ask->query, "state", evc_buf_view(&numbers));
    evc_buf_reset(&numbers);
    if (!rc && type && strcmp(type, "root") != 0 && strcmp(type, "standard") != 0)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT, "the type of a key is root or standard");
    if (rc)
        return rc;
    if (type)
        evc_form_add(&ask->query, "extractable",
                     evc_view_text(strcmp(type, "root") == 0 ? "false" : "true"));
    if (search)
        evc_form_add(&ask->query, "search", evc_view_text(search));
    return 0;
}

static int
list_key(void *user, const evc_json *resource, evc_error **err)
{
    evc_ibm_key key;
    int rc = evc_ibm_key_read(resource, &key, err);

    return rc ? rc : evc_ibm_account_put_key(user, &key, err);
}

static int
list_keys(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
          evc_error **err)
{
    evc_ibm_ask ask;
    int rc = evc_ibm_account_ask(service, &list_keys_kind, "GET", &ask, err);

    ask.path[0] = "keys";
    if (!rc)
        rc = add_filters(&ask, args, err);
    if (!rc)
        rc = evc_ibm_ask_pages(&ask, list_key, out, wait, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static const char *const list_takes[] = {"state", "type", "search", NULL};
const evc_action evc_ibm_list_keys = {
    .name = "list-keys",
    .help = "lists the keys of an instance, by state, type (root, standard) or a part "
            "of name "
            "or alias",
    .takes = list_takes,
    .columns = evc_ibm_key_columns,
    .permission = EVC_IBM_READER,
    .run = list_keys,
};

/* --- describe-key --- */

static int
describe_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
             evc_error **err)
{
    evc_ibm_ask ask;
    int rc = evc_ibm_account_ask_key(service, args, &describe_kind, "GET", &ask, err);

    return rc ? rc : evc_ibm_account_show_key(&ask, wait, out, err);
}

const evc_action evc_ibm_describe_key = {
    .name = "describe-key",
    .help = "shows one key, by id, alias or CRN",
    .needs = key_only,
    .columns = evc_ibm_key_columns,
    .permission = EVC_IBM_READER,
    .run = describe_key,
};

/* --- create-key --- */

static int
write_key(const evc_kv *args, evc_buf *body, evc_error **err)
{
    const char *description = evc_service_arg(args, "description");
    const char *alias = evc_service_arg(args, "alias");
    const char *expires = evc_service_arg(args, "expires");
    evc_jwrite w;

    evc_jwrite_begin(&w, body, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "metadata");
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "collectionType");
    evc_jwrite_text(&w, KEY_TYPE);
    evc_jwrite_name(&w, "collectionTotal");
    evc_jwrite_integer(&w, 1);
    evc_jwrite_end(&w);
    evc_jwrite_name(&w, "resources");
    evc_jwrite_array(&w);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "type");
    evc_jwrite_text(&w, KEY_TYPE);
    evc_jwrite_name(&w, "name");
    evc_jwrite_text(&w, evc_service_arg(args, "name"));
    if (alias) {
        evc_jwrite_name(&w, "aliases");
        evc_jwrite_array(&w);
        evc_jwrite_text(&w, alias);
        evc_jwrite_end(&w);
    }
    if (description) {
        evc_jwrite_name(&w, "description");
        evc_jwrite_text(&w, description);
    }
    if (expires) {
        evc_jwrite_name(&w, "expirationDate");
        evc_jwrite_text(&w, expires);
    }
    evc_jwrite_name(&w, "extractable");
    evc_jwrite_bool(&w, false);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

static int
check_expires(const evc_kv *args, evc_error **err)
{
    const char *expires = evc_service_arg(args, "expires");
    int64_t wall_ms;

    return expires ? evc_clock_parse(evc_view_text(expires), &wall_ms, err) : 0;
}

/* A root key: what it protects is lost with it, so it is only made, never imported. */
static int
create_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    evc_ibm_ask ask;
    evc_ibm_key key;
    int rc = evc_ibm_account_ask(service, &create_key_kind, "POST", &ask, err);

    ask.path[0] = "keys";
    ask.type = KEY_TYPE;
    ask.prefer = "return=representation";
    ask.subject = evc_service_arg(args, "name");
    if (!rc)
        rc = check_expires(args, err);
    if (!rc)
        rc = write_key(args, &ask.body, err);
    if (!rc)
        rc = evc_ibm_ask_run(&ask, wait, err);
    if (!rc)
        rc = evc_ibm_key_only(ask.doc, &key, err);
    if (!rc)
        rc = evc_ibm_account_put_key(out, &key, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static const char *const create_needs[] = {"name", NULL};
static const char *const create_takes[] = {"alias", "description", "expires", NULL};
const evc_action evc_ibm_create_key = {
    .name = "create-key",
    .help = "makes a new root key of 256 bits at the service; expires as "
            "2027-01-31T12:00:00Z",
    .needs = create_needs,
    .takes = create_takes,
    .columns = evc_ibm_key_columns,
    .permission = EVC_IBM_WRITER,
    .flags = EVC_ACTION_CHANGES,
    .run = create_key,
};

/* --- aliases --- */

static int
change_alias(evc_service *service, const evc_kv *args, const evc_operation_kind *kind,
             const char *method, evc_wait *wait, evc_table *out, evc_error **err)
{
    const char *alias = evc_service_arg(args, "alias");
    evc_ibm_ask ask;
    int rc = evc_ibm_account_ask_key(service, args, kind, method, &ask, err);

    if (!rc && !evc_ibm_is_token(evc_view_text(alias)))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "an alias of a key has letters, digits, - and _ only");
    ask.path[2] = "aliases";
    ask.path[3] = alias;
    if (!rc)
        rc = evc_ibm_ask_run(&ask, wait, err);
    if (!rc)
        rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "key", ask.subject, err);
    if (!rc)
        rc = evc_table_set(out, "alias", alias, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static int
create_alias(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
             evc_error **err)
{
    return change_alias(service, args, &create_alias_kind, "POST", wait, out, err);
}

static int
delete_alias(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
             evc_error **err)
{
    return change_alias(service, args, &delete_alias_kind, "DELETE", wait, out, err);
}

static const char *const alias_needs[] = {"key", "alias", NULL};
static const char *const alias_columns[] = {"key", "alias", NULL};
const evc_action evc_ibm_create_alias = {
    .name = "create-alias",
    .help = "gives a key another name; a key has five at most",
    .needs = alias_needs,
    .columns = alias_columns,
    .permission = EVC_IBM_WRITER,
    .flags = EVC_ACTION_CHANGES,
    .run = create_alias,
};
const evc_action evc_ibm_delete_alias = {
    .name = "delete-alias",
    .help = "takes a name from a key, which stays; that can last five minutes",
    .needs = alias_needs,
    .columns = alias_columns,
    .permission = EVC_IBM_WRITER,
    .flags = EVC_ACTION_CHANGES,
    .run = delete_alias,
};

/* --- list-versions --- */

static int
list_versions(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
              evc_error **err)
{
    evc_ibm_ask ask;
    evc_ibm_where where;
    evc_key_info *info = NULL;
    int rc = evc_ibm_account_ask_key(service, args, &describe_kind, "GET", &ask, err);

    if (rc)
        return rc;
    where = evc_ibm_account_where(&ask);
    rc = evc_key_info_new(evc_view_text(ask.subject), &info, err);
    if (!rc)
        rc = evc_ibm_fetch_versions(&where, 0, wait, info, err);
    for (size_t i = 0; !rc && i < info->count; i++) {
        const evc_key_version *version = &info->versions[i];

        rc = evc_table_add_row(out, err);
        if (!rc)
            rc = evc_table_set(out, "version", version->id, err);
        if (!rc)
            rc = evc_table_set_time(out, "created", version->created_ms, err);
        if (!rc)
            rc = evc_table_set(out, "state", i == info->current ? "current" : "older",
                               err);
    }
    evc_key_info_free(info);
    return rc;
}

static const char *const version_columns[] = {"version", "state", "created", NULL};
const evc_action evc_ibm_list_versions = {
    .name = "list-versions",
    .help = "lists the versions of a key, oldest first; each unwraps what it wrapped",
    .needs = key_only,
    .columns = version_columns,
    .permission = EVC_IBM_READER,
    .run = list_versions,
};
