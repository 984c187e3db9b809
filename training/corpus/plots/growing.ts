import type { Plot } from "./plot.js";

export const A_WISH_AT_THE_SHOP: Plot = {
  name: "a wish at the shop",
  subject: "object",
  tell(story) {
    story.tell(
      "One day, {n} saw {aobj} in a shop.",
      "In the window of a shop, {he} saw {aobj}.",
      "One day, {he} walked by a shop and saw {aobj}.",
    );
    story.tell(
      "{He} wanted it so much!",
      '"I wish I had that {bare}," said {n}.',
      "It was the best {bare} {he} had ever seen.",
    );
    story.tell(
      "But {n} had no money.",
      "But it cost five coins, and {he} had only one.",
      "{He} looked in {his} pocket, but it was empty.",
    );
    story.tell('"I can work for it," {he} thought.', "Then {n} had an idea.", '"You can help me," said {his} {g}.');
    story.tell(
      "So {n} helped {his} {g} in the garden all week.",
      "{He} washed the dishes and swept the floor every day.",
      "{He} picked {food} and sold them at the market.",
      "{He} carried bags for {aS}.",
    );
    story.maybe(0.5, "It was hard work, but {he} did not stop.", "Some days {he} was tired, but {he} kept going.");
    story.tell(
      "At last, {he} had enough coins.",
      "At the end of the week, {he} counted {his} coins. There were five!",
      "After many days, {n} had all the money {he} needed.",
    );
    story.tell(
      "{n} ran to the shop and bought the {obj}.",
      "{He} went back to the shop and came out with the {obj}.",
      '"One {bare}, please!" {he} said at the shop.',
    );
    story.tell(
      "{He} was very proud.",
      "{He} smiled all the way home.",
      "{n} loved the {bare} even more because {he} had worked for it.",
    );
    story.maybe(0.6, "{n} learned that hard work is worth it.", '{His} {g} said, "Well done, {n}!"');
  },
};

export const A_FEAR: Plot = {
  name: "a fear",
  subject: "none",
  tell(story) {
    story.tell(
      "But {n} was afraid of {fear}.",
      "There was one thing {n} did not like: {fear}.",
      "{n} was scared of {fear}.",
    );
    story.tell(
      "{He} always ran away and hid under the bed.",
      "When other children laughed and played, {he} stayed at home.",
      "{He} did not want anyone to know.",
    );
    story.tell(
      "One day, {his} {g} saw that {he} was scared.",
      "One evening, {he} told {his} {g} about it.",
      'One day, {his} {g} asked, "Why are you hiding?"',
    );
    story.tell(
      '"I am afraid of {fear}," said {n}.',
      "{n} told {ghim} the truth.",
      '{n} began to cry and said, "I am so scared."',
    );
    story.tell(
      '"Everyone is afraid sometimes," said {his} {g}.',
      '{His} {g} took {his} hand and said, "I will stay with you."',
      '"Let us be brave together," {his} {g} said.',
    );
    story.tell(
      "{n} took a deep breath and {face}.",
      "So {n} {face}, very slowly.",
      "Step by step, {n} was brave, and at last {he} {face}.",
    );
    story.tell("And what a surprise! {Learned}.", "Then {he} saw that {learned}.", "{n} found out that {learned}.");
    story.tell("{n} began to laugh.", "{He} was not afraid anymore.", '"That was not so bad!" {he} said.');
    story.tell(
      "From that day on, {n} was not scared of {fear}.",
      "{His} {g} was very proud of {him}.",
      "Now {n} knew how to be brave.",
    );
  },
};

export const THE_RACE: Plot = {
  name: "the race",
  subject: "none",
  tell(story) {
    story.tell(
      "One day, there was a big race {racing}.",
      "Every summer there was a race {racing}.",
      "{n} loved to run, and soon there was a race {racing}.",
    );
    story.tell("{n} wanted to win.", '"I will win," said {n}.', "{n} practiced every day.");
    story.tell(
      "{His} friend {f} wanted to run too.",
      "A friend named {f} was also in the race.",
      "{His} friend {f} was fast as well.",
    );
    story.tell(
      '"Ready, set, go!" And they were off.',
      "The race began, and they ran as fast as they could.",
      "When the bell rang, everyone ran.",
    );
    story.tell("{n} was first, and {f} was right behind.", "{n} ran like the wind.", "At first, {n} was in front.");
    story.tell(
      "Then {f} fell down and hurt {fhis} knee.",
      "But {f} tripped over a stone and fell.",
      "Suddenly, {f} slipped and fell to the ground.",
    );
    story.tell(
      "{n} heard the cry and stopped.",
      "{n} looked back and saw it.",
      "{n} could win now, but {he} turned around.",
    );
    story.tell(
      "{He} helped {f} get up.",
      "{He} went back and took {f} by the hand.",
      '"Come, I will help you," said {n}.',
    );
    story.tell(
      "They walked to the end together.",
      "Hand in hand, they crossed the line last.",
      "They did not win, but they finished together.",
    );
    story.tell("Everyone cheered for them.", "All the people clapped.", '"You are a true friend," said {f}.');
    story.tell(
      "{n} was happy, because a friend is better than a prize.",
      "{n} learned that helping is better than winning.",
      "They got a prize for being kind, and {n} was very proud.",
    );
  },
};

export const THE_SEED: Plot = {
  name: "the seed",
  subject: "none",
  tell(story) {
    story.tell(
      "One day, {n} found a little seed {spot}.",
      "One spring day, {his} {g} gave {him} a small seed.",
      "{n} had one tiny seed in {his} hand.",
    );
    story.tell(
      '"What will it be?" {he} asked.',
      "{He} did not know what would grow from it.",
      '"If you take care of it, it will grow," said {his} {g}.',
    );
    story.tell(
      "{He} put the seed in the ground and gave it water.",
      "{He} dug a little hole and put the seed in it.",
      "{n} planted the seed near the house.",
    );
    story.tell(
      "Every day {he} looked, but nothing happened.",
      "The next day, there was nothing to see.",
      "{He} waited and waited.",
    );
    story.tell("{n} was sad and wanted to give up.", '"It will never grow," said {n}.', "{n} did not want to wait.");
    story.tell(
      '"Good things take time," said {his} {g}.',
      '"Wait a little more," said {his} {g}.',
      "But {his} {g} told {him} to wait.",
    );
    story.tell(
      "So {n} gave it water every morning.",
      "{n} went on and gave it water, day after day.",
      "{He} even sang to it.",
    );
    story.tell(
      "Then, one morning, there was a small green leaf!",
      "One day, something green came out of the ground.",
      "After many days, {he} saw a tiny green plant.",
    );
    story.tell(
      "It grew and grew, and it became {aplant}.",
      "In the summer it was {aplant}.",
      "Soon it was as tall as {n}. It was {aplant}!",
    );
    story.tell(
      "It gave {him} {fruit}, and {he} shared with {his} friends.",
      "There were {fruit}, and {n} gave some to {his} {g}.",
      "It had {fruit}, and everyone came to see.",
    );
    story.tell("{n} learned to wait.", "{n} was very proud of the little seed.", '"Now I know how to wait," said {n}.');
  },
};

export const LEARNING: Plot = {
  name: "learning",
  subject: "none",
  tell(story) {
    story.tell(
      "{n} wanted to {skill}, but {he} did not know how.",
      "One day, {n} saw {his} friend {f}, and {f} could {skill}. {n} wanted to do that too.",
      "More than anything, {n} wanted to {skill}.",
    );
    story.tell(
      "{He} tried, but it did not work.",
      "The first time, it went wrong.",
      "{He} tried once and twice, but {he} could not do it.",
    );
    story.tell('"I will never learn it!" said {n}.', "{n} was angry and sat down.", "{n} wanted to give up.");
    story.tell(
      "{His} {g} saw {him} and came over.",
      "Then {his} {g} sat down next to {him}.",
      "{He} told {his} {g} about it.",
    );
    story.tell(
      '"You must try every day," said {his} {g}.',
      '"I could not do it at first," said {his} {g}. "Try again."',
      '"Let me show you," {his} {g} said.',
    );
    story.tell(
      "So {n} tried again and again.",
      "Every day after school, {n} tried {skilling}.",
      "The next day {he} tried again, and the next day too.",
    );
    story.tell(
      "Little by little, it got better.",
      "It was hard, but {he} did not stop.",
      "Each day it was a little easier.",
    );
    story.tell(
      "Then, one day, {n} could {skill}!",
      "And one morning, it worked! {n} could {skill}.",
      "At last, {n} knew how to {skill}.",
    );
    story.tell('"Look at me!" {he} shouted.', "{n} jumped up and down.", "{His} {g} clapped and cheered.");
    story.tell(
      "{n} learned that you must never give up.",
      "{n} was very proud, and so was {his} {g}.",
      "Now {n} helps other children who want to learn {skilling}.",
    );
  },
};
