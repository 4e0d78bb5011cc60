/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/resource.h"

#include <string.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "k8s/call.h"
#include "k8s/names.h"

/* --- paths ------------------------------------------------------------------------ */

static void
put_segment(evc_buf *out, const char *text)
{
    evc_buf_put_u8(out, '/');
    evc_percent_encode(out, evc_view_text(text), false);
}

static void
put_api(evc_buf *out, const char *group, const char *version)
{
    evc_buf_put_text(out, group[0] ? "/apis" : "/api");
    if (group[0])
        put_segment(out, group);
    if (version[0])
        put_segment(out, version);
}

void
evc_kube_resource_path(const evc_kube_resource *resource, const char *ns,
                       const char *name, evc_buf *out)
{
    put_api(out, resource->group, resource->version);
    if (ns && ns[0]) {
        evc_buf_put_text(out, "/namespaces");
        put_segment(out, ns);
    }
    put_segment(out, resource->plural);
    if (name && name[0])
        put_segment(out, name);
}

/* --- what is meant ---------------------------------------------------------------- */

static const evc_kube_resource known[] = {
    {"", "v1", "secrets", "Secret", true},
    {"", "v1", "configmaps", "ConfigMap", true},
};

/* The name in its parts; version "" = not said. */
typedef struct wanted {
    char plural[64];
    char version[64];
    char group[EVC_KUBE_NAME_MAX + 1];
} wanted;

/* What stands before the first dot, and what behind it. */
static evc_view
split(evc_view *rest)
{
    evc_cursor c = evc_cursor_of_view(*rest);
    size_t size = 0;

    while (size < rest->size && rest->data[size] != '.')
        size++;
    evc_view head = evc_cursor_bytes(&c, size);
    (void)evc_cursor_u8(&c);
    *rest = evc_cursor_bytes(&c, evc_cursor_left(&c));
    return head;
}

static int
read_wanted(const char *text, wanted *out, evc_error **err)
{
    evc_view rest = evc_view_text(text);
    evc_view whole = rest;
    evc_view plural = split(&rest);
    evc_view group = rest;
    evc_view version = split(&rest);

    *out = (wanted){.plural = ""};
    if (!evc_kube_is_subdomain(whole) || !evc_kube_is_label(plural))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" is no name of a resource: say secrets, PLURAL.GROUP or "
                       "PLURAL.VERSION.GROUP",
                       text);
    evc_view_to_text(plural, out->plural);
    if (evc_kube_is_api_version(version) && rest.size) {
        evc_view_to_text(version, out->version);
        group = rest;
    }
    evc_view_to_text(group, out->group);
    return 0;
}

/* --- discovery -------------------------------------------------------------------- */

/* The name of a list that looks most like the one that was wanted and is not there. */
typedef struct nearest {
    const char *wanted;
    char best[EVC_KUBE_NAME_MAX + 1];
} nearest;

static void
weigh(nearest *n, evc_view name)
{
    char text[EVC_KUBE_NAME_MAX + 1];
    const char *const both[] = {n->best, text, NULL};
    const char *const first[] = {text, NULL};
    const char *best;

    evc_view_to_text(name, text);
    best = evc_nearest(n->wanted, n->best[0] ? both : first);
    if (best == text)
        memcpy(n->best, text, name.size + 1);
}

/* near: what was meant perhaps; "" = nothing looks like it. */
static int
not_found(evc_kube *kube, const wanted *want, const char *what, const char *near,
          evc_error **err)
{
    const char *hint = want->group[0] ? "" : "; those of other groups are PLURAL.GROUP";

    return evc_err(
        err, ENVCRYPT_E_KUBE_NOT_FOUND,
        "the API server %s has no %s for \"%s%s%s%s%s\"%s%s%s", evc_kube_server(kube),
        what, want->plural, want->group[0] && want->version[0] ? "." : "",
        want->group[0] ? want->version : "", want->group[0] ? "." : "", want->group,
        near[0] ? "; did you mean \"" : "", near, near[0] ? "\"?" : hint);
}

/* One document of discovery, and how it is read. */
typedef struct document {
    const char *group;   /* NULL = /apis itself */
    const char *version; /* NULL = the group itself */
    const evc_kube_field *rows;
    size_t count;
    evc_kube_found_fn take;
    void (*restart)(void *user);
    void *user;
} document;

static int
discover(evc_kube *kube, const document *of, evc_wait *wait, evc_error **err)
{
    evc_kube_call call = {.name = "discovery",
                          .method = "GET",
                          .fields = {.table = of->rows,
                                     .count = of->count,
                                     .take = of->take,
                                     .user = of->user},
                          .restart = of->restart};
    int rc;

    if (!of->group)
        evc_buf_put_text(&call.path, "/apis");
    else
        put_api(&call.path, of->group, of->version ? of->version : "");
    if (of->group)
        call.subject = of->group[0] ? of->group : "v1";
    rc = evc_kube_call_run(kube, &call, wait, err);
    evc_kube_call_reset(&call);
    return rc;
}

/* --- groups: /apis ---------------------------------------------------------------- */

static const evc_kube_field group_rows[] = {
    {"groups.[].name", EVC_KUBE_FIELD_TEXT, EVC_KUBE_NAME_MAX},
};

static int
take_group(void *user, const evc_kube_found *found, evc_error **err)
{
    (void)err;
    weigh(user, found->text);
    return 0;
}

static void
restart_groups(void *user)
{
    nearest *n = user;

    n->best[0] = '\0';
}

/* There is no such group: the message names the nearest, or nothing when that fails. */
static int
no_group(evc_kube *kube, const wanted *want, evc_wait *wait, evc_error **err)
{
    nearest n = {.wanted = want->group};
    const document groups = {.rows = group_rows,
                             .count = 1,
                             .take = take_group,
                             .restart = restart_groups,
                             .user = &n};

    if (discover(kube, &groups, wait, NULL) != 0)
        n.best[0] = '\0';
    return not_found(kube, want, "group of resources", n.best, err);
}

/* --- versions of a group: /apis/GROUP --------------------------------------------- */

static const evc_kube_field version_rows[] = {
    {"preferredVersion.version", EVC_KUBE_FIELD_TEXT, 63},
};

static int
take_version(void *user, const evc_kube_found *found, evc_error **err)
{
    wanted *want = user;

    if (!evc_kube_is_api_version(found->text))
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the API server names a version that cannot be one");
    evc_view_to_text(found->text, want->version);
    return 0;
}

static void
restart_version(void *user)
{
    ((wanted *)user)->version[0] = '\0';
}

/* The version that the server prefers. KUBE_NOT_FOUND: there is no such group. */
static int
ask_version(evc_kube *kube, wanted *want, evc_wait *wait, evc_error **err)
{
    const document group = {.group = want->group,
                            .rows = version_rows,
                            .count = 1,
                            .take = take_version,
                            .restart = restart_version,
                            .user = want};
    int rc = discover(kube, &group, wait, err);

    if (!rc && !want->version[0])
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "the API server names no version of the group %s", want->group);
    return rc;
}

/* --- resources of a version: /apis/GROUP/VERSION ---------------------------------- */

enum resource_row { ROW_ENTRY, ROW_NAME, ROW_KIND, ROW_NAMESPACED, ROW_VERB, ROWS };

static const evc_kube_field resource_rows[ROWS] = {
    [ROW_ENTRY] = {"resources.[]", EVC_KUBE_FIELD_OBJECT, 0},
    [ROW_NAME] = {"resources.[].name", EVC_KUBE_FIELD_TEXT, 253},
    [ROW_KIND] = {"resources.[].kind", EVC_KUBE_FIELD_TEXT, 63},
    [ROW_NAMESPACED] = {"resources.[].namespaced", EVC_KUBE_FIELD_FLAG, 0},
    [ROW_VERB] = {"resources.[].verbs.[]", EVC_KUBE_FIELD_HINT, 63},
};

typedef struct lookup {
    nearest near;
    evc_kube_resource *out;
    bool found;
    bool fit; /* what was found can be listed and patched */
    /* The entry that is read. */
    char name[EVC_KUBE_NAME_MAX + 1];
    char kind[64];
    bool namespaced;
    bool lists;
    bool patches;
} lookup;

static void
begin_entry(lookup *l)
{
    l->name[0] = '\0';
    l->kind[0] = '\0';
    l->namespaced = false;
    l->lists = false;
    l->patches = false;
}

static void
end_entry(lookup *l)
{
    if (strcmp(l->name, l->near.wanted) == 0) {
        memcpy(l->out->kind, l->kind, sizeof(l->out->kind));
        l->out->namespaced = l->namespaced;
        l->found = true;
        l->fit = l->lists && l->patches;
    } else if (!strchr(l->name, '/')) { /* "secrets/status" is part of another */
        weigh(&l->near, evc_view_text(l->name));
    }
}

static int
take_resource(void *user, const evc_kube_found *found, evc_error **err)
{
    lookup *l = user;

    (void)err;
    switch ((enum resource_row)found->field) {
    case ROW_ENTRY:
        if (found->end)
            end_entry(l);
        else
            begin_entry(l);
        break;
    case ROW_NAME:
        evc_view_to_text(found->text, l->name);
        break;
    case ROW_KIND:
        evc_view_to_text(found->text, l->kind);
        break;
    case ROW_NAMESPACED:
        l->namespaced = found->yes;
        break;
    case ROW_VERB:
        l->lists = l->lists || evc_view_is_text(found->text, "list");
        l->patches = l->patches || evc_view_is_text(found->text, "patch");
        break;
    case ROWS:
        break;
    }
    return 0;
}

static void
restart_lookup(void *user)
{
    lookup *l = user;

    l->near.best[0] = '\0';
    l->found = false;
}

static int
ask_resource(evc_kube *kube, const wanted *want, evc_wait *wait, evc_kube_resource *out,
             evc_error **err)
{
    lookup l = {.near.wanted = want->plural, .out = out};
    const document version = {.group = want->group,
                              .version = want->version,
                              .rows = resource_rows,
                              .count = ROWS,
                              .take = take_resource,
                              .restart = restart_lookup,
                              .user = &l};
    int rc;

    memcpy(out->group, want->group, sizeof(out->group));
    memcpy(out->version, want->version, sizeof(out->version));
    memcpy(out->plural, want->plural, sizeof(out->plural));
    rc = discover(kube, &version, wait, err);
    if (rc == ENVCRYPT_E_KUBE_NOT_FOUND)
        return not_found(kube, want, "such version of the group", "", err);
    if (!rc && !l.found)
        rc = not_found(kube, want, "resource", l.near.best, err);
    if (!rc && !l.fit)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "%s cannot be re-encrypted: the API server does not both list and "
                     "patch them",
                     want->plural);
    return rc;
}

/* --- the whole -------------------------------------------------------------------- */

static int
ask_all(evc_kube *kube, wanted *want, evc_wait *wait, evc_kube_resource *out,
        evc_error **err)
{
    int rc = 0;

    if (!want->group[0])
        memcpy(want->version, "v1", sizeof("v1"));
    else if (!want->version[0])
        rc = ask_version(kube, want, wait, err);
    if (rc == ENVCRYPT_E_KUBE_NOT_FOUND)
        return no_group(kube, want, wait, err);
    return rc ? rc : ask_resource(kube, want, wait, out, err);
}

int
evc_kube_resource_find(evc_kube *kube, const char *text, evc_wait *wait,
                       evc_kube_resource *out, evc_error **err)
{
    wanted want;
    int rc = read_wanted(text, &want, err);

    *out = (evc_kube_resource){.group = ""};
    for (size_t i = 0; !rc && i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(text, known[i].plural) == 0) {
            *out = known[i];
            return 0;
        }
    }
    if (!rc)
        rc = ask_all(kube, &want, wait, out, err);
    if (rc)
        *out = (evc_kube_resource){.group = ""};
    return rc;
}
