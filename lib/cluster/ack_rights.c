/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_rights.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cluster/ack_call.h"
#include "codec/jwrite.h"

#define WHY 256u
#define ANSWER 256u
#define GROUPS_MAX 64u

static const evc_operation_kind identity_kind = EVC_ACK_CALLS("GetCallerIdentity");
static const evc_operation_kind of_user_kind = EVC_ACK_CALLS("ListPoliciesForUser");
static const evc_operation_kind of_role_kind = EVC_ACK_CALLS("ListPoliciesForRole");
static const evc_operation_kind of_group_kind = EVC_ACK_CALLS("ListPoliciesForGroup");
static const evc_operation_kind groups_kind = EVC_ACK_CALLS("ListGroupsForUser");
static const evc_operation_kind role_kind = EVC_ACK_CALLS("CheckServiceRole");

/* --- who --- */

static const char *
after(const char *text, const char *what)
{
    const char *at = strstr(text, what);

    return at ? &at[strlen(what)] : NULL;
}

void
evc_ack_rights_caller(const char *arn, evc_ack_caller *out)
{
    const char *user = after(arn, ":user/");
    const char *role = after(arn, ":assumed-role/");
    size_t size = strlen(arn);

    *out = (evc_ack_caller){.kind = EVC_ACK_CALLER_OTHER};
    evc_utf8_copy(out->arn, sizeof(out->arn), arn);
    if (user) {
        out->kind = EVC_ACK_CALLER_USER;
        evc_utf8_copy(out->name, sizeof(out->name), user);
    } else if (role) {
        out->kind = EVC_ACK_CALLER_ROLE;
        evc_utf8_copy(out->name, sizeof(out->name), role);
        out->name[strcspn(out->name, "/")] = '\0';
    } else if (size > 5 && strcmp(&arn[size - 5], ":root") == 0) {
        out->kind = EVC_ACK_CALLER_ROOT;
    }
}

int
evc_ack_rights_identify(const evc_ack_place *place, evc_wait *wait, evc_ack_caller *out,
                        evc_error **err)
{
    evc_ack_call call = {.method = NULL};
    const char *arn = NULL;
    int rc = evc_ack_call_run(place->sts, &identity_kind, NULL, &call, wait, err);

    if (rc)
        return rc;
    rc = evc_json_text(evc_json_root(call.doc), "Arn", &arn, err);
    if (!rc)
        evc_ack_rights_caller(arn, out);
    evc_json_free(call.doc);
    return evc_ack_call_result(&identity_kind, rc, err);
}

/* --- policies --- */

/* What was seen of policies so far. */
typedef struct seen {
    bool granted;
    bool custom;
    bool unasked; /* somewhere the caller may not look */
    char policy[128];
} seen;

static bool
is_enough(const char *name)
{
    static const char *const names[] = {EVC_ACK_POLICY, "AliyunKMSFullAccess",
                                        "AdministratorAccess"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static int
read_policies(const evc_json *root, seen *out, evc_error **err)
{
    const evc_json *policies;
    const evc_json *list;
    int rc = evc_json_object(root, "Policies", &policies, err);

    if (!rc)
        rc = evc_json_array(policies, "Policy", &list, err);
    for (size_t i = 0; !rc && i < evc_json_count(list); i++) {
        const evc_json *item = evc_json_at(list, i);
        const char *name = "";
        const char *type = "";

        rc = evc_json_text(item, "PolicyName", &name, err);
        if (!rc)
            rc = evc_json_text(item, "PolicyType", &type, err);
        if (rc)
            break;
        if (strcmp(type, "System") != 0) {
            out->custom = true;
        } else if (is_enough(name)) {
            out->granted = true;
            evc_utf8_copy(out->policy, sizeof(out->policy), name);
        }
    }
    return rc;
}

/* What RAM does not tell leaves it open; only what ends everything is an error. */
static int
ask(const evc_ack_place *place, const evc_operation_kind *kind, const char *parameter,
    const char *name, evc_wait *wait, evc_json_doc **out, bool *unasked,
    evc_error **err)
{
    const evc_alibaba_parameter query[] = {{parameter, name}, {NULL, NULL}};
    evc_ack_call call = {.query = query};
    int rc = evc_ack_call_run(place->ram, kind, name, &call, wait, err);

    *out = call.doc;
    if (!rc || evc_error_ends_call(rc))
        return rc;
    evc_err_drop(err);
    *unasked = true;
    return 0;
}

static int
look(const evc_ack_place *place, const evc_operation_kind *kind, const char *parameter,
     const char *name, evc_wait *wait, seen *out, evc_error **err)
{
    evc_json_doc *doc = NULL;
    int rc = ask(place, kind, parameter, name, wait, &doc, &out->unasked, err);

    if (rc || !doc)
        return rc;
    rc = read_policies(evc_json_root(doc), out, err);
    evc_json_free(doc);
    return evc_ack_call_result(kind, rc, err);
}

static int
look_at_group(const evc_ack_place *place, const evc_json *group, evc_wait *wait,
              seen *out, evc_error **err)
{
    const char *name = NULL;
    int rc = evc_json_text(group, "GroupName", &name, err);

    rc = evc_ack_call_result(&groups_kind, rc, err);
    return rc ? rc : look(place, &of_group_kind, "GroupName", name, wait, out, err);
}

static int
look_at_groups(const evc_ack_place *place, const char *user, evc_wait *wait, seen *out,
               evc_error **err)
{
    const evc_json *groups = NULL;
    const evc_json *list = NULL;
    evc_json_doc *doc = NULL;
    int rc = ask(place, &groups_kind, "UserName", user, wait, &doc, &out->unasked, err);

    if (rc || !doc)
        return rc;
    rc = evc_json_object(evc_json_root(doc), "Groups", &groups, err);
    if (!rc)
        rc = evc_json_array(groups, "Group", &list, err);
    rc = evc_ack_call_result(&groups_kind, rc, err);
    for (size_t i = 0; !rc && !out->granted && i < evc_json_count(list); i++) {
        if (i >= GROUPS_MAX)
            out->unasked = true;
        else
            rc = look_at_group(place, evc_json_at(list, i), wait, out, err);
    }
    evc_json_free(doc);
    return rc;
}

static evc_ack_has
conclude(const evc_ack_caller *caller, const seen *s, char why[WHY])
{
    if (s->granted) {
        (void)snprintf(why, WHY, "%.100s has the policy %s", caller->name, s->policy);
        return EVC_ACK_HAS;
    }
    if (s->unasked) {
        (void)snprintf(why, WHY,
                       "the policies of %.100s may not all be read; that takes "
                       "ram:ListPoliciesForUser and the like",
                       caller->name);
        return EVC_ACK_UNKNOWN;
    }
    if (s->custom) {
        (void)snprintf(why, WHY,
                       "%.100s has policies of its own, which may grant what it takes",
                       caller->name);
        return EVC_ACK_UNKNOWN;
    }
    (void)snprintf(why, WHY, "%.100s lacks the policy " EVC_ACK_POLICY "; attach it",
                   caller->name);
    return EVC_ACK_LACKS;
}

int
evc_ack_rights_policy(const evc_ack_place *place, const evc_ack_caller *caller,
                      evc_wait *wait, evc_ack_has *has, char why[WHY], evc_error **err)
{
    seen s = {.granted = false};
    int rc = 0;

    *has = EVC_ACK_UNKNOWN;
    if (caller->kind == EVC_ACK_CALLER_ROOT) {
        *has = EVC_ACK_HAS;
        (void)snprintf(why, WHY, "the account itself may do everything");
        return 0;
    }
    if (caller->kind == EVC_ACK_CALLER_OTHER) {
        (void)snprintf(why, WHY, "%.150s is neither a RAM user nor a role",
                       caller->arn);
        return 0;
    }
    if (caller->kind == EVC_ACK_CALLER_ROLE) {
        rc = look(place, &of_role_kind, "RoleName", caller->name, wait, &s, err);
    } else {
        rc = look(place, &of_user_kind, "UserName", caller->name, wait, &s, err);
        if (!rc && !s.granted)
            rc = look_at_groups(place, caller->name, wait, &s, err);
    }
    if (!rc)
        *has = conclude(caller, &s, why);
    return rc;
}

/* --- the service role --- */

static int
write_role(evc_buf *out, evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "roles");
    evc_jwrite_array(&w);
    evc_jwrite_object(&w);
    evc_jwrite_member_text(&w, "name", EVC_ACK_SERVICE_ROLE);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

static int
read_role(const evc_json *root, bool *granted, char message[ANSWER], evc_error **err)
{
    const char *text = "";
    const evc_json *roles;
    const evc_json *role;
    int rc = evc_json_array(root, "roles", &roles, err);

    if (rc)
        return rc;
    role = evc_json_at(roles, 0);
    if (!role)
        return evc_err(err, ENVCRYPT_E_JSON, "member \"roles\" has no role");
    rc = evc_json_bool_opt(role, "granted", granted, err);
    if (!rc)
        rc = evc_json_text_opt(role, "message", &text, err);
    evc_utf8_copy(message, ANSWER, text);
    return rc;
}

int
evc_ack_rights_role(const evc_ack_site *site, evc_wait *wait, bool *granted,
                    char message[ANSWER], evc_error **err)
{
    evc_buf body;
    evc_ack_call call = {
        .method = "POST", .path = "/ram/check-service-role", .body = &body};
    int rc;

    *granted = false;
    message[0] = '\0';
    evc_buf_init(&body);
    rc = write_role(&body, err);
    if (!rc)
        rc = evc_ack_call_run(site->cs, &role_kind, EVC_ACK_SERVICE_ROLE, &call, wait,
                              err);
    evc_buf_reset(&body);
    if (rc)
        return rc;
    rc = read_role(evc_json_root(call.doc), granted, message, err);
    evc_json_free(call.doc);
    return evc_ack_call_result(&role_kind, rc, err);
}
