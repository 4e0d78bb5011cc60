/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_status.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "cloud/ibm_request.h"

#define STATUS_SIZE 512u

/* The text of a member of an object, or at the top. */
static int
read_text(const evc_json *root, const char *object, const char *name, const char **out,
          evc_error **err)
{
    const evc_json *inner = NULL;
    const char *text = NULL;
    int rc = 0;

    if (object && !evc_json_object(root, object, &inner, NULL))
        rc = evc_json_text_opt(inner, name, &text, err);
    if (!rc && (!text || !text[0]))
        rc = evc_json_text_opt(root, name, &text, err);
    *out = text ? text : "";
    return evc_ibm_reply_check(rc, err);
}

static int
read_enabled(const evc_json *root, bool *out, evc_error **err)
{
    const evc_json *features = NULL;
    bool inner = false;
    bool top = false;
    int rc = evc_json_bool_opt(root, "keyProtectEnabled", &top, err);

    if (!rc && !evc_json_object(root, "features", &features, NULL))
        rc = evc_json_bool_opt(features, "keyProtectEnabled", &inner, err);
    *out = inner || top;
    return evc_ibm_reply_check(rc, err);
}

int
evc_iks_status_read(const evc_json *root, evc_iks_status *out, evc_error **err)
{
    const char *url = "";
    const struct {
        const char *object;
        const char *name;
        const char **text;
    } members[] = {
        {NULL, "id", &out->id},
        {NULL, "name", &out->name},
        {NULL, "crn", &out->crn},
        {NULL, "region", &out->region},
        {NULL, "resourceGroup", &out->group},
        {NULL, "provider", &out->provider},
        {NULL, "masterKubeVersion", &out->version},
        {NULL, "masterURL", &out->server},
        {NULL, "state", &out->state},
        {"lifecycle", "masterState", &out->master_state},
        {"lifecycle", "masterHealth", &out->master_health},
        {"lifecycle", "masterStatus", &out->master_status},
        {"lifecycle", "masterStatusModifiedDate", &out->changed},
        {"serviceEndpoints", "publicServiceEndpointURL", &url},
    };
    int rc = 0;

    *out = (evc_iks_status){.enabled = false};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && !rc; i++)
        rc = read_text(root, members[i].object, members[i].name, members[i].text, err);
    if (!rc)
        rc = read_enabled(root, &out->enabled, err);
    if (!rc && !out->server[0])
        rc = read_text(root, NULL, "serverURL", &out->server, err);
    if (!rc && !out->server[0])
        out->server = url;
    if (!rc && !out->id[0])
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "IBM Cloud Kubernetes Service showed a cluster without an id");
    return rc;
}

/* --- what it means --- */

static bool
is_one_of(const char *text, const char *const *list)
{
    for (; *list; list++) {
        if (strcasecmp(text, *list) == 0)
            return true;
    }
    return false;
}

bool
evc_iks_has(const char *text, const char *word)
{
    size_t size = strlen(word);

    for (; *text; text++) {
        if (strncasecmp(text, word, size) == 0)
            return true;
    }
    return false;
}

int64_t
evc_iks_status_changed_ms(const evc_iks_status *status)
{
    char text[EVC_TIME_TEXT];
    int64_t ms = -1;
    evc_buf b;

    if (strlen(status->changed) < 19)
        return -1;
    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put(&b, status->changed, 19);
    evc_buf_put_text(&b, "Z");
    return b.failed || evc_clock_parse(evc_buf_view(&b), &ms, NULL) ? -1 : ms;
}

bool
evc_iks_status_is_ready(const evc_iks_status *status)
{
    return strcasecmp(status->master_state, "deployed") == 0 &&
           strcasecmp(status->master_health, "normal") == 0 &&
           strncasecmp(status->master_status, "ready", 5) == 0 &&
           !evc_iks_has(status->master_status, "in progress");
}

const char *
evc_iks_status_failure(const evc_iks_status *status)
{
    static const char *const masters[] = {"deploy_failed",    "update_failed",
                                          "update_cancelled", "delete_failed",
                                          "deleting",         NULL};
    static const char *const states[] = {"aborted",       "deleting",      "deleted",
                                         "delete_failed", "deploy_failed", NULL};

    if (is_one_of(status->master_state, masters))
        return status->master_state;
    return is_one_of(status->state, states) ? status->state : NULL;
}

/* What is wrong, and whether the root key may be the cause: critical counts among others
 * that Secrets can be neither encrypted nor decrypted, warning that the control plane
 * failed. */
static int
tell_issues(const evc_iks_status *status, evc_cluster_state *out, evc_error **err)
{
    static const char about_key[] = "look whether its root key is enabled and not "
                                    "deleted, and enable or restore it; "
                                    "else open a case with IBM";
    bool critical = strcasecmp(status->state, "critical") == 0;
    bool warning = strcasecmp(status->state, "warning") == 0;
    bool sick = status->enabled &&
                (critical || strcasecmp(status->master_health, "error") == 0);
    int rc = 0;

    if (critical || warning)
        rc = evc_cluster_state_issue(out, status->state, "the cluster is not normal",
                                     sick ? about_key : "look at the cluster's status",
                                     sick, err);
    else if (sick)
        rc = evc_cluster_state_issue(out, "master-error", "the master is in error",
                                     about_key, true, err);
    return rc;
}

static int
tell_texts(const evc_iks_status *status, evc_cluster_state *out, evc_error **err)
{
    char words[STATUS_SIZE];
    char mark[STATUS_SIZE];
    evc_buf b;
    int rc = 0;
    const struct {
        evc_cluster_text which;
        const char *text;
    } texts[] = {
        {EVC_CLUSTER_NAME, status->name},     {EVC_CLUSTER_ID, status->id},
        {EVC_CLUSTER_REGION, status->region}, {EVC_CLUSTER_VERSION, status->version},
        {EVC_CLUSTER_KIND, status->provider}, {EVC_CLUSTER_STATUS, words},
        {EVC_CLUSTER_SERVER, status->server}, {EVC_CLUSTER_MARK, mark},
        {EVC_CLUSTER_ACCOUNT, NULL},
    };

    evc_buf_init_fixed(&b, words, sizeof(words) - 1);
    evc_buf_put_format(&b, "%s; master %s, %s", status->state, status->master_state,
                       status->master_health);
    evc_buf_put_format(&b, ": %s", status->master_status);
    words[b.size] = '\0';
    evc_buf_init_fixed(&b, mark, sizeof(mark) / 2 - 1);
    evc_buf_put_text(&b, status->changed);
    evc_buf_put_format(&b, " %s", status->master_status); /* all of it, or nothing */
    mark[b.size] = '\0';
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !rc; i++)
        rc = evc_cluster_state_set(out, texts[i].which, texts[i].text, err);
    return rc;
}

/* crn:v1:…:containers-kubernetes:REGION:a/ACCOUNT:ID:: */
static int
tell_account(const evc_iks_status *status, evc_cluster_state *out, evc_error **err)
{
    const char *start = strstr(status->crn, ":a/");
    char account[128];
    size_t size;

    if (!start)
        return 0;
    size = strcspn(start + 3, ":");
    if (size >= sizeof(account))
        return 0;
    memcpy(account, start + 3, size);
    account[size] = '\0';
    return evc_cluster_state_set(out, EVC_CLUSTER_ACCOUNT, account, err);
}

int
evc_iks_status_tell(const evc_iks_status *status, evc_cluster_state *out,
                    evc_error **err)
{
    bool ready = evc_iks_status_is_ready(status);
    int rc = tell_texts(status, out, err);

    if (!rc)
        rc = tell_account(status, out, err);
    if (!rc)
        rc = tell_issues(status, out, err);
    out->encryption = status->enabled ? ENVCRYPT_CLUSTER_ENCRYPTION_OWN
                                      : ENVCRYPT_CLUSTER_ENCRYPTION_NONE;
    if (evc_iks_status_failure(status))
        out->phase = EVC_CLUSTER_BROKEN;
    else
        out->phase = ready ? EVC_CLUSTER_STEADY : EVC_CLUSTER_CHANGING;
    return rc;
}
