"""The sentences that invented auditors write: strengths and improvements for each theme, and some for none."""

from __future__ import annotations

import numpy as np

NO_THEME = {
    "strength": (
        "A well presented file, thank you", "No concerns from me", "Lots to be proud of here", "A pleasure to read",
        "Solid piece of work", "See attached form", "As discussed on the day", "Nothing further to add",
        "Real tenacity shown", "Kind and respectful throughout",
    ),
    "improvement": (
        "Nothing to add", "See attached form", "As discussed on the day", "Some minor points only",
        "Spelling and grammar", "More of the same please", "Remember the small things", "To be picked up one to one",
        "Tidy up the attachments", "Check the address on the front sheet",
    ),
}
# a local process with an invented name: no codebook can know it
EMERGING_PHRASE = "lantern log"
EMERGING = (
    "Lantern log not started", "The lantern log was blank", "Lantern log needs to be filled in",
    "No lantern log on this file", "Lantern log half done and then forgotten", "Please complete the lantern log",
)
STRENGTHS = {
    "assessment": (
        "Assessment was thorough and analytical", "Clear analysis of need and history in the assessment",
        "Good use of research in the assessment", "The assessment weighed up strengths as well as worries",
        "Holistic assessment with a sound analysis", "Pre-birth assessment completed early and well"),
    "planning": (
        "Plan is SMART and the family can follow it", "Clear outcomes and timescales in the plan",
        "The child in need plan is reviewed and updated", "Contingency plan is specific",
        "Actions in the care plan were carried through", "Core groups keep the plan moving"),
    "chronology_recording": (
        "Chronology is up to date and used", "Case recording is clear and written to the child",
        "Good case summary and genogram", "Chronology highlights the significant events",
        "Recording gives the reasons for decisions", "Genogram shows the wider family"),
    "supervision": (
        "Reflective supervision every month", "Management oversight is evident at key points",
        "Supervision gives clear direction", "The manager's rationale is recorded",
        "Good challenge from the reviewing officer", "Group supervision helped to shift thinking"),
    "childs_voice": (
        "The child's voice is strong throughout", "Direct work captured wishes and feelings",
        "Child seen alone and listened to", "Real sense of the child's lived experience",
        "Three houses used to gain the child's views", "Advocate helped the young person to be heard"),
    "family_engagement": (
        "Father was found and involved", "Parents are engaged and understand the worries",
        "Family group conference was held", "Good work with the wider family network",
        "Mum said that she felt part of the work", "Carers' views sought and recorded"),
    "timeliness": (
        "Work was timely with no drift", "Visits are on time", "Prompt response to the referral",
        "Everything completed within timescale", "No delay in arranging the service",
        "Swift action when things changed"),
    "risk": (
        "Risk is well understood and responded to", "Strategy meeting was held and decisions were sound",
        "Thresholds applied correctly", "Good understanding of exploitation and missing episodes",
        "Safe response to domestic abuse", "Section 47 enquiry was proportionate"),
    "permanence": (
        "Permanence was considered early", "Pre-proceedings work was purposeful", "Life-story work has begun",
        "Legal advice sought at the right time", "Matching to the adopters was careful",
        "Special guardianship explored with relatives"),
    "placements": (
        "The placement is stable and meets needs", "Foster carers are well supported",
        "Foster carers know what helps", "Placement move was planned with care",
        "Foster carer review was thorough", "Short breaks are helping the carers"),
    "care_leavers": (
        "Pathway plan is co-written with the young person", "The personal adviser keeps in touch",
        "Care leaver is in suitable accommodation", "Rights and entitlements explained to the care leaver",
        "Good preparation for independence", "Personal adviser allocated at sixteen"),
    "health_education": (
        "Health assessment is up to date", "Personal education plan is ambitious", "School attendance has improved",
        "CAMHS referral followed up", "Emotional wellbeing is well considered",
        "Good links with the special needs coordinator"),
    "partnership": (
        "Strong multi-agency working", "Good information sharing with police and health",
        "Partners attend and contribute", "School, health visitor and police share what they know",
        "Joint visit with the health visitor", "Partner agencies speak well of the joint working"),
    "workforce": (
        "Consistent social worker for two years", "Caseload is manageable", "Training on neglect has been put to use",
        "Newly qualified worker is well supported", "No change of social worker this year",
        "Skilled and confident practitioner"),
    "quality_assurance": (
        "Actions from the last audit were completed", "Learning from the previous audit is evident",
        "Moderation led to change", "Performance data used to spot the gap", "Audit actions closed",
        "Learning from a complaint applied"),
    "leadership": (
        "Senior leaders knew of this case", "Corporate parenting is evident", "Senior leaders found the funding",
        "Head of service kept a grip", "Senior managers approved funding", "Leaders visible to the team"),
    "identity_equality": (
        "Identity and culture are well explored", "Cultural needs understood", "Interpreter used at each meeting",
        "Religion and language considered", "Disability is understood", "Heritage is celebrated"),
    "early_help": (
        "Early help made a difference", "Smooth step-down to early help", "Early help assessment is of good quality",
        "Family hub is well used", "Step-up was right", "Team around the family works well"),
}
IMPROVEMENTS = {
    "assessment": (
        "Assessment lacks analysis", "Update the assessment to reflect changed needs",
        "Analysis of history is missing from the assessment", "Assessment is descriptive and not analytical",
        "The assessment needs to be refreshed", "Parenting assessment is overdue an update"),
    "planning": (
        "Plan is not SMART", "Timescales and outcomes missing from the plan", "The plan needs a contingency",
        "Child protection plan is out of date", "Plan to be reviewed with the family", "Actions in the plan are vague"),
    "chronology_recording": (
        "Chronology not up to date", "No chronology on the file", "Case summary needs updating",
        "Recording is not up to date", "Genogram is missing", "Rationale for the decision is not recorded"),
    "supervision": (
        "Supervision is irregular", "Management oversight needs to be recorded", "Supervision lacks reflection",
        "Manager's direction not followed up", "No evidence of management oversight since spring",
        "Supervision to drive the work forward"),
    "childs_voice": (
        "The child's voice is missing", "More direct work to gain wishes and feelings",
        "Child to be seen alone", "Lived experience of the child is not clear",
        "Child's views not sought", "Use tools to capture the child's views"),
    "family_engagement": (
        "Father not engaged", "Engage the wider family", "Offer a family group conference",
        "Parents' views are not evident", "Absent father to be included", "Carers' views not sought"),
    "timeliness": (
        "Drift and delay in this case", "Visits are late", "Assessment out of timescale",
        "Delay in arranging services", "Work has drifted since the summer", "Improve the pace of the work"),
    "risk": (
        "Risk is not well analysed", "Strategy meeting should have been held", "Threshold decision unclear",
        "Return home interview not completed", "Exploitation risk to be reassessed", "Domestic abuse not explored"),
    "permanence": (
        "Permanence plan is needed", "Drift in pre-proceedings", "Life-story work not started",
        "Legal planning meeting to be booked", "Revocation of the order to be considered",
        "Special guardianship support plan needed"),
    "placements": (
        "Placement stability is a worry", "Foster carers need more support", "Placement search should be wider",
        "Foster carer training is out of date", "Support plan for the connected carer",
        "Unregistered placement to end"),
    "care_leavers": (
        "Pathway plan is out of date", "Personal adviser not yet allocated", "Care leaver's accommodation unsuitable",
        "Stay in touch with the care leaver", "Entitlements not explained to the care leaver",
        "Pathway plan lacks ambition"),
    "health_education": (
        "Health assessment overdue", "Personal education plan not on file", "School attendance is a worry",
        "CAMHS waiting list to be chased", "Emotional health needs not addressed", "Dental check needed"),
    "partnership": (
        "Partners did not attend the core group", "Information not shared with school",
        "Police were not invited", "Health visitor to be included", "Better multi-agency working needed",
        "Chase partner agencies for reports"),
    "workforce": (
        "Too many changes of social worker", "Caseload too high", "Training on neglect needed",
        "Worker needs training in direct work", "Vacancies have affected this case", "High caseload noted"),
    "quality_assurance": (
        "Actions from the last audit not completed", "Previous audit's learning not applied",
        "Audit actions still open", "Performance report did not show this gap", "Complaint learning not followed up",
        "Moderation comments not acted on"),
    "leadership": (
        "Senior leaders to settle the funding", "Corporate parents could do more",
        "Senior managers to review funding", "Escalate to the head of service", "Governance of the panel is unclear",
        "Senior leaders to unblock this"),
    "identity_equality": (
        "Cultural needs not explored", "Identity work is needed", "Interpreter not used",
        "Religion and language not recorded", "Disability not considered", "Ethnicity and heritage overlooked"),
    "early_help": (
        "Early help was not offered first", "Step-down plan needed", "Early help assessment is thin",
        "Step-up took too long", "Link to the family hub", "Team around the family to meet"),
}
TAILS = ("", "", "", "", " on this file", " - agreed on the day", ", noted with thanks", " (see part 3)", " again",
         " as before", " this time")
ACTION_STARTS = ("To do: ", "Manager to confirm. ", "", "", "Please note: ")
EVIDENCE = ("Uploaded to the record", "Seen on the system", "Note of discussion", "Confirmed by email",
            "Screenshot saved")
IMPACT = ("Child is now safer at home", "Young person says that things are better", "Family know who to call",
          "Clearer for everyone involved", "Too early to tell", "Attends more often and seems happier")
COMMENTS = ("Thank you for listening", "Nobody called me back", "She always turns up when she says",
            "I did not get the report before the meeting", "We felt heard", "Too many different people",
            "He explained things well", "It took a long time", "I like my worker", "Things are better now")
LEARNING = ("Tell people sooner when things change", "Send reports three days before", "Name a person to ring",
            "Say sorry early", "Explain what happens next")
DONE = ("Letters rewritten with young people", "A named person rings back within a day",
        "Report dates put on a tracker")


def sentences(
    kind: str, theme_ids: tuple[str, ...], labels: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All sentences of a kind in one array, with each theme's first position and count; those of no theme come last."""
    book = STRENGTHS if kind == "strength" else IMPROVEMENTS
    plain = ("{} is a strength", "{} done well") if kind == "strength" else ("{} needs work", "{} to improve")
    groups = [book.get(t) or tuple(p.format(label) for p in plain) for t, label in zip(theme_ids, labels, strict=True)]
    groups.append(NO_THEME[kind])
    counts = np.array([len(g) for g in groups])
    texts = np.array([s for g in groups for s in g], dtype=object)
    return texts, np.concatenate([[0], np.cumsum(counts)[:-1]]), counts
