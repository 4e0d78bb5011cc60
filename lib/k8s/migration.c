/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/migration.h"

#include <string.h>

#include "codec/jwrite.h"
#include "k8s/call.h"
#include "k8s/names.h"

#define GROUP "storagemigration.k8s.io"

/* Those that we know, the best first (k8s.io/api, storagemigration). The last one names
 * the version of the resource too. */
static const char *const versions[] = {"v1", "v1beta1", "v1alpha1"};
#define VERSIONS (sizeof(versions) / sizeof(versions[0]))
#define VERSIONED (VERSIONS - 1)

static size_t
rank_of(evc_view version)
{
    size_t rank = 0;

    while (rank < VERSIONS && !evc_view_is_text(version, versions[rank]))
        rank++;
    return rank;
}

static void
put_path(evc_buf *out, const char *version, const char *name)
{
    const evc_kube_resource migrations = {.group = GROUP,
                                          .plural = "storageversionmigrations"};
    evc_kube_resource of_version = migrations;

    evc_view_to_text(evc_view_text(version), of_version.version);
    evc_kube_resource_path(&of_version, NULL, name, out);
}

static int
check_version(const char *version, evc_error **err)
{
    if (rank_of(evc_view_text(version)) < VERSIONS)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT, "\"%s\" is no version of " GROUP, version);
}

/* --- find ------------------------------------------------------------------------- */

static const evc_kube_field group_rows[] = {
    {"versions.[].version", EVC_KUBE_FIELD_HINT, 63},
};

static int
take_version(void *user, const evc_kube_found *found, evc_error **err)
{
    size_t *best = user;
    size_t rank = rank_of(found->text);

    (void)err;
    if (rank < *best)
        *best = rank;
    return 0;
}

static void
restart_versions(void *user)
{
    *(size_t *)user = VERSIONS;
}

int
evc_kube_migration_find(evc_kube *kube, evc_wait *wait, char version[64], bool *found,
                        evc_error **err)
{
    size_t best = VERSIONS;
    evc_kube_call call = {.name = "discovery",
                          .subject = GROUP,
                          .method = "GET",
                          .fields = {.table = group_rows,
                                     .count = 1,
                                     .take = take_version,
                                     .user = &best},
                          .restart = restart_versions};
    int rc;

    *found = false;
    version[0] = '\0';
    evc_buf_put_text(&call.path, "/apis/" GROUP);
    rc = evc_kube_call_run(kube, &call, wait, err);
    evc_kube_call_reset(&call);
    if (rc == ENVCRYPT_E_KUBE_NOT_FOUND) {
        evc_err_drop(err);
        return 0;
    }
    if (rc || best == VERSIONS)
        return rc;
    evc_view_to_text(evc_view_text(versions[best]), version);
    *found = true;
    return 0;
}

/* --- begin ------------------------------------------------------------------------ */

static void
write_resource(evc_jwrite *w, const char *version, const evc_kube_resource *resource)
{
    evc_jwrite_object(w);
    evc_jwrite_name(w, "group");
    evc_jwrite_text(w, resource->group);
    if (rank_of(evc_view_text(version)) == VERSIONED) {
        evc_jwrite_name(w, "version");
        evc_jwrite_text(w, resource->version);
    }
    evc_jwrite_name(w, "resource");
    evc_jwrite_text(w, resource->plural);
    evc_jwrite_end(w);
}

static int
write_migration(evc_buf *out, const char *version, const evc_kube_resource *resource,
                evc_error **err)
{
    evc_buf api;
    evc_jwrite w;
    int rc;

    evc_buf_init(&api);
    evc_buf_put_format(&api, GROUP "/%s", version);
    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "apiVersion");
    evc_jwrite_view(&w, evc_buf_view(&api));
    evc_jwrite_name(&w, "kind");
    evc_jwrite_text(&w, "StorageVersionMigration");
    evc_jwrite_name(&w, "metadata");
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "generateName");
    evc_jwrite_text(&w, "libenvcrypt-");
    evc_jwrite_end(&w);
    evc_jwrite_name(&w, "spec");
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "resource");
    write_resource(&w, version, resource);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    rc = evc_buf_check(&api, err);
    evc_buf_reset(&api);
    return rc ? rc : evc_jwrite_finish(&w, err);
}

static const evc_kube_field made_rows[] = {
    {"metadata.name", EVC_KUBE_FIELD_TEXT, EVC_KUBE_NAME_MAX},
};

static int
take_name(void *user, const evc_kube_found *found, evc_error **err)
{
    if (!evc_kube_is_subdomain(found->text))
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the API server gave the migration a name that cannot be one");
    evc_view_to_text(found->text, user);
    return 0;
}

static void
restart_name(void *user)
{
    *(char *)user = '\0';
}

int
evc_kube_migration_begin(evc_kube *kube, const char *version,
                         const evc_kube_resource *resource, evc_wait *wait,
                         char name[EVC_KUBE_NAME_MAX + 1], evc_error **err)
{
    evc_kube_call call = {
        .name = "StorageVersionMigration",
        .subject = resource->plural,
        .once = true,
        .method = "POST",
        .query = EVC_KUBE_MANAGER,
        .content = EVC_KUBE_JSON,
        .fields = {.table = made_rows, .count = 1, .take = take_name, .user = name},
        .restart = restart_name};
    int rc = check_version(version, err);

    name[0] = '\0';
    if (rc)
        return rc;
    put_path(&call.path, version, NULL);
    rc = write_migration(&call.body, version, resource, err);
    if (!rc)
        rc = evc_kube_call_run(kube, &call, wait, err);
    evc_kube_call_reset(&call);
    if (!rc && !name[0])
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "the API server made a migration and does not tell its name");
    if (rc)
        name[0] = '\0';
    return rc;
}

/* --- poll ------------------------------------------------------------------------- */

enum poll_row { ROW_NAME, ROW_CONDITION, ROW_TYPE, ROW_STATUS, ROW_REASON, POLL_ROWS };

static const evc_kube_field poll_rows[POLL_ROWS] = {
    [ROW_NAME] = {"metadata.name", EVC_KUBE_FIELD_TEXT, EVC_KUBE_NAME_MAX},
    [ROW_CONDITION] = {"status.conditions.[]", EVC_KUBE_FIELD_OBJECT, 0},
    [ROW_TYPE] = {"status.conditions.[].type", EVC_KUBE_FIELD_HINT, 63},
    [ROW_STATUS] = {"status.conditions.[].status", EVC_KUBE_FIELD_HINT, 63},
    [ROW_REASON] = {"status.conditions.[].reason", EVC_KUBE_FIELD_HINT, 127},
};

typedef struct polling {
    evc_kube_migration_state *out;
    const char *name;
    bool named;
    /* The condition that is read. */
    char type[64];
    char reason[128];
    bool holds;
} polling;

/* What may stand in a message: a word of letters, as conditions have. */
static void
keep_letters(char *to, evc_view text)
{
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
            to[size++] = (char)c;
    }
    to[size] = '\0';
}

/* The reason of what ended it counts more than that of its running. */
static void
end_condition(polling *p)
{
    evc_kube_migration_state *out = p->out;
    bool ends = strcmp(p->type, "Succeeded") == 0 || strcmp(p->type, "Failed") == 0;

    if (!p->holds)
        return;
    if (strcmp(p->type, "Running") == 0)
        out->running = true;
    if (strcmp(p->type, "Succeeded") == 0)
        out->succeeded = true;
    if (strcmp(p->type, "Failed") == 0)
        out->failed = true;
    if (ends || (!out->succeeded && !out->failed))
        memcpy(out->reason, p->reason, sizeof(out->reason));
}

static int
take_state(void *user, const evc_kube_found *found, evc_error **err)
{
    polling *p = user;

    switch ((enum poll_row)found->field) {
    case ROW_NAME:
        if (!evc_view_is_text(found->text, p->name))
            return evc_err(err, ENVCRYPT_E_PROTOCOL,
                           "the API server's reply is about another migration");
        p->named = true;
        break;
    case ROW_CONDITION:
        if (found->end)
            end_condition(p);
        p->type[0] = '\0';
        p->reason[0] = '\0';
        p->holds = false;
        break;
    case ROW_TYPE:
        evc_view_to_text(found->text, p->type);
        break;
    case ROW_STATUS:
        p->holds = evc_view_is_text(found->text, "True");
        break;
    case ROW_REASON:
        keep_letters(p->reason, found->text);
        break;
    case POLL_ROWS:
        break;
    }
    return 0;
}

static void
restart_state(void *user)
{
    polling *p = user;

    *p->out = (evc_kube_migration_state){.running = false};
    p->named = false;
}

int
evc_kube_migration_poll(evc_kube *kube, const char *version, const char *name,
                        evc_wait *wait, evc_kube_migration_state *out, evc_error **err)
{
    polling p = {.out = out, .name = name};
    evc_kube_call call = {.name = "StorageVersionMigration",
                          .subject = name,
                          .method = "GET",
                          .fields = {.table = poll_rows,
                                     .count = POLL_ROWS,
                                     .take = take_state,
                                     .user = &p},
                          .restart = restart_state};
    int rc = check_version(version, err);

    *out = (evc_kube_migration_state){.running = false};
    if (!rc && !evc_kube_is_subdomain(evc_view_text(name)))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT, "this is no name of a migration");
    if (rc)
        return rc;
    put_path(&call.path, version, name);
    rc = evc_kube_call_run(kube, &call, wait, err);
    evc_kube_call_reset(&call);
    if (!rc && !p.named)
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "the API server's reply is about no migration");
    if (rc)
        *out = (evc_kube_migration_state){.running = false};
    return rc;
}
