"""What the scripts of recorded answers begin with: comparing what a client is told with what AWS told another.

Every difference is printed, and the script ends with an error if there was one."""

from botocore.config import Config
from botocore.exceptions import ClientError

SETTINGS = Config(parameter_validation=False, retries={"total_max_attempts": 1})
STATUS = {"NoSuchEntity": 404, "EntityAlreadyExists": 409, "DeleteConflict": 409, "LimitExceeded": 409, "AccessDenied": 403}
differences = 0


def same(case, answered, expected):
    global differences
    if answered != expected:
        differences += 1
        print(f"{case}\n    answered {answered}\n    expected {expected}")


def refused(code, message, call, **request):
    """The message may be None where AWS's is not known, or says less than ours."""
    case = f"{call.__name__}({', '.join(f'{name}={str(value)[:80]!r}' for name, value in request.items())})"
    try:
        call(**request)
        same(case, "success", f"{code}: {message}")
    except ClientError as error:
        told = error.response["Error"]
        same(case, (told["Code"], told["Message"]), (code, told["Message"] if message is None else message))
        same(case, error.response["ResponseMetadata"]["HTTPStatusCode"], STATUS.get(code, 400))


def members(case, answer, expected):
    answer.pop("ResponseMetadata", None)
    same(case, set(answer), set(expected))
    return answer


def constraint(value, member, rule):
    shown = f"Value '{value}' at" if value is not None else "Value at"
    return f"1 validation error detected: {shown} '{member}' failed to satisfy constraint: Member must {rule}"


def compare(*parts):
    for part in parts:
        try:
            part()
        except ClientError as error:
            same(part.__name__, f"{error.operation_name}: {error}", "no error here")
    assert differences == 0, f"{differences} differences"
    print("every answer is as recorded")
