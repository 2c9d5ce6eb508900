"""How Meta refuses a template: code 100, a subcode for the rule, and a sentence for people."""

from sandbox.graph_errors import GraphError

# Subcodes and titles as Meta answers with them; one of 0 is a plain wrong parameter.
RULES: dict[str, tuple[int, str]] = {
    "name": (0, "Invalid template name"),
    "language": (0, "Invalid language"),
    "category": (0, "Invalid category"),
    "format": (0, "Invalid parameter"),
    "ends": (2388299, "Leading or trailing params not allowed"),
    "ratio": (2388293, "Parameters words ratio exceeds limit"),
    "length": (2388040, "Character limit exceeded"),
    "header": (2388047, "Message header format is incorrect"),
    "body": (2388072, "Message body format is incorrect"),
    "footer": (2388073, "Message footer format is incorrect"),
    "buttons": (2388044, "Buttons are incorrect"),
    "example": (2388043, "Message template is missing expected field(s)"),
    "exists": (2388024, "Content in this language already exists"),
    "deleted": (2388023, "Message template language is being deleted"),
    "limit": (2388019, "Message template limit exceeded"),
    "not found": (2593002, "Message template not found"),
    "edit": (2388025, "Message template can't be edited"),
}


def refused(rule: str, sentence: str) -> GraphError:
    subcode, title = RULES[rule]
    return GraphError(
        100, sentence, message="Invalid parameter", subcode=subcode or None, user_title=title, user_message=sentence
    )
