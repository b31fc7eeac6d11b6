"""What people choose to be told of."""

from access.models import Channel, MutedTopic, Topic
from access.notify import preferences


def muted(user):
    return preferences.muted(user, channel=Channel.EMAIL)


def test_everybody_is_told_everything_until_they_choose(jon):
    assert muted(jon) == set()


def test_a_choice_replaces_the_one_before(jon):
    preferences.choose(jon, channel=Channel.EMAIL, mute={"own", "reminders"})
    assert muted(jon) == {"own", "reminders"}
    preferences.choose(jon, channel=Channel.EMAIL, mute={"reminders"})
    preferences.choose(jon, channel=Channel.EMAIL, mute={"reminders"})
    assert muted(jon) == {"reminders"}


def test_a_choice_of_one_is_not_that_of_another(jon, adam):
    preferences.choose(jon, channel=Channel.EMAIL, mute={"own"})
    assert muted(adam) == set()


def test_only_admins_choose_whether_to_hear_of_trouble(jon, olga):
    assert Topic.TROUBLE not in preferences.topics(jon)
    assert Topic.TROUBLE in preferences.topics(olga)
    preferences.choose(jon, channel=Channel.EMAIL, mute={"trouble", "nonsense"})
    assert not MutedTopic.objects.exists()


def test_what_an_admin_chose_comes_back_when_they_are_one_again(olga):
    preferences.choose(olga, channel=Channel.EMAIL, mute={"trouble"})
    olga.is_superuser = False
    preferences.choose(olga, channel=Channel.EMAIL, mute=set())
    assert muted(olga) == {"trouble"}
