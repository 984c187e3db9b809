import type { Plot } from "./plot.js";

export const SHARING_FOOD: Plot = {
  name: "sharing food",
  subject: "food",
  tell(story) {
    story.tell(
      "One day, {his} {g} gave {him} some {food}.",
      "One morning, {n} had a bag of {food}.",
      "One day, {n} went {to} with some {food}.",
    );
    story.tell("They smelled so good!", "{n} wanted to eat them all.", '"These are all for me," said {n}.');
    story.tell(
      "Then {his} friend {f} came.",
      "Soon, {he} met {his} friend {f}.",
      "Just then, a friend named {f} walked by.",
    );
    story.tell(
      "{f} was hungry and had nothing to eat.",
      '"I am so hungry," said {f}.',
      '{f} looked at the {food} and asked, "Can I have some?"',
    );
    story.tell(
      "At first, {n} did not want to share.",
      '"No, they are mine!" said {n}.',
      "{n} held the {food} tight and shook {his} head.",
    );
    story.tell("{f} felt sad and sat down.", "{f} looked down at the ground.", "{f} said nothing and turned away.");
    story.tell("{n} saw that and felt bad.", "Then {n} thought about it.", "{n} did not like to see a sad friend.");
    story.tell(
      '"Here, take some," {he} said.',
      "So {he} gave {f} half of the {food}.",
      "{He} sat down next to {f} and shared the {food}.",
    );
    story.tell(
      "They ate together and laughed.",
      '{f} smiled and said, "Thank you, {n}!"',
      "The {food} tasted even better now.",
    );
    story.tell(
      "{n} learned that sharing makes everyone happy.",
      "From then on, {n} and {f} always shared.",
      "{n} knew that it is good to share.",
    );
  },
};

export const THE_BROKEN_THING: Plot = {
  name: "the broken thing",
  subject: "object",
  breaks: true,
  tell(story) {
    story.tell(
      "In the house there was {aobj}. It belonged to {his} {g}.",
      "{His} {g} had {aobj} on a shelf.",
      "{His} {g} loved {aobj} that stood on the table.",
    );
    story.tell(
      '"Please do not touch it," said {his} {g}.',
      "{n} was not allowed to play with it.",
      '"Be careful with it," {his} {g} always said.',
    );
    story.tell(
      "But one day, {n} ran through the house and hit the shelf.",
      "One day, {n} took it down to look at it.",
      "One rainy day, {n} played inside and bumped into the table.",
    );
    story.tell(
      "The {bare} fell down and broke!",
      "Crash! The {bare} was broken.",
      "The {bare} fell on the floor and broke in two.",
    );
    story.tell("{n} was scared.", "{n} did not know what to do.", "{n} felt hot and sad.");
    story.tell(
      "{He} wanted to hide the {bare}, but that felt wrong.",
      '"Should I hide it?" {he} thought. But {he} did not.',
      "First {he} put it under the bed, but then {he} took it out again.",
    );
    story.tell(
      "{He} went to {his} {g} and told the truth.",
      '"I am sorry. I broke your {bare}," {he} said.',
      '{He} found {his} {g} and said, "It was me. I am sorry."',
    );
    story.tell(
      "{His} {g} was not angry.",
      "{His} {g} looked at {him} and gave {him} a hug.",
      "{His} {g} was sad, but {ghe} smiled.",
    );
    story.tell('"Thank you for telling me," said {his} {g}.', '"It is good that you told the truth," {ghe} said.');
    story.tell(
      "Together they fixed the {bare} with glue.",
      "They sat down and put the {bare} back together.",
      "They worked all day until the {bare} looked like new.",
    );
    story.tell(
      "{n} learned that it is best to tell the truth.",
      "{n} felt much better and was more careful after that.",
      "From then on, {n} always told the truth.",
    );
  },
};

export const RAIN_ON_A_PICNIC: Plot = {
  name: "rain on a picnic",
  subject: "food",
  tell(story) {
    story.tell(
      "One day, {n} and {his} {g} wanted to have a picnic {at}.",
      "{n} had a plan: a picnic {at} with {his} {g}.",
      "It was a sunny day, so {n} and {his} {g} went {to} for a picnic.",
    );
    story.tell(
      "They packed {food} and a blanket.",
      "In the basket were {food} and cold water.",
      "{n} put {food} in a big basket.",
    );
    story.tell("But then the sky turned gray.", "But soon dark clouds came.", "Then a strong wind began to blow.");
    story.tell("It began to rain!", "Drip, drop! It rained and rained.", "Big drops fell on {his} nose.");
    story.tell('"Our picnic is ruined," said {n}.', "{n} was very sad.", "{n} wanted to cry.");
    story.tell(
      '"I have an idea," said {his} {g}.',
      "But {his} {g} only laughed and took {his} hand.",
      '"Do not be sad," said {his} {g}. "Come with me."',
    );
    story.tell(
      "They ran home and put the blanket on the floor.",
      "They sat under a big tree and listened to the rain.",
      "At home they made a tent from the blanket.",
    );
    story.tell(
      "They ate the {food} and told funny stories.",
      "There they ate the {food} and sang songs.",
      "They shared the {food} and played games.",
    );
    story.maybe(0.6, "Then the sun came out, and there was a rainbow.", "After the rain, {n} saw a big rainbow.");
    story.tell(
      "It was the best picnic ever.",
      '"I like the rain now," said {n}.',
      "{n} was happy, and the rain did not matter.",
    );
  },
};

export const A_NEW_FRIEND: Plot = {
  name: "a new friend",
  subject: "object",
  tell(story) {
    story.tell(
      "One day, a new child came {to}. The child was named {f}.",
      "One day, {he} met a {fkind} named {f} {at}.",
      "{At}, there was a new {fkind} named {f}.",
    );
    story.tell("{f} sat all alone.", "{f} did not know anyone.", "Nobody played with {f}.");
    story.tell("{n} saw that {f} was sad.", "{n} felt sorry for {f}.", '"{F} looks lonely," thought {n}.');
    story.tell("{n} had {aobj}.", "In {his} bag, {n} had {aobj}.", "{n} took out {aobj}.");
    story.tell(
      '{He} walked over and said, "Hi, I am {n}. Do you want to play?"',
      '"Do you want to play with my {bare}?" {he} asked.',
      '"Hello! We can play with my {bare}," said {n}.',
    );
    story.tell("{f} looked up and smiled.", '"Yes, please!" said {f}.', "{f} was shy, but {fhe} said yes.");
    story.tell(
      "They played with the {bare} all day.",
      "They took turns with the {bare} and laughed a lot.",
      "Together they made up a game with the {bare}.",
    );
    story.maybe(
      0.5,
      "{f} knew a funny song and taught it to {n}.",
      "{f} shared some {food} with {n}.",
      "Then {f} showed {n} a secret place.",
    );
    story.tell(
      'When it was time to go, {f} said, "Will you come back?"',
      "Soon it was time to go home.",
      "The sun went down, and they had to go.",
    );
    story.tell(
      '"See you tomorrow!" said {n}.',
      '"Of course! We are friends now," said {n}.',
      "{n} promised to come back the next day.",
    );
    story.tell(
      "Now {f} was not alone anymore.",
      "And they were friends for a long, long time.",
      "{n} was happy to have a new friend.",
    );
  },
};
